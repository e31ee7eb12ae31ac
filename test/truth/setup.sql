-- The schema every case starts from. Small tables: what is locked and read does not depend on size.
create extension if not exists citext;
create type mood as enum ('sad', 'ok');
create domain plain_text as text;
create domain short_text as text check (length(value) < 100);
create domain positive as int check (value > 0);
create table countries (code text primary key, name text not null);
create table customers (id bigint primary key, email text, name varchar(50) not null, country text references countries (code), unique (email));
create table orders (
  id bigint primary key,
  customer_id bigint not null references customers (id),
  status varchar(50),
  code varchar(20) not null default 'x',
  total int,
  price numeric(10, 2),
  placed_at timestamp,
  shipped_at timestamptz,
  note text,
  tags text[],
  feeling mood,
  kind char(10),
  doc json,
  mail citext,
  shop text,
  constraint orders_total_known check (total is not null) not valid,
  constraint orders_note_known check (note is not null),
  constraint orders_price_positive check (price > 0)
);
create index orders_status on orders (status);
create index orders_placed on orders (placed_at);
create unique index orders_code on orders (code);
create unique index orders_total_unique on orders (total);
--! from 12
create table line_items (id bigint primary key, order_id bigint not null references orders (id) on delete cascade, n int, doubled int generated always as (n * 2) stored, size positive);
--! to 11
create table line_items (id bigint primary key, order_id bigint not null references orders (id) on delete cascade, n int, doubled int, size positive);
create index line_items_order on line_items (order_id);
create table audit (id int, line_id bigint references line_items (id) on delete set null, at date);
create table lonely (id int, a text, b text, c bigserial);
create table many (id int primary key, v int);
alter table many add constraint many_v_not_valid check (v > 0) not valid;
create table pending (id int primary key, many_id int);
alter table pending add constraint pending_fk foreign key (many_id) references many (id) not valid;
create table events (id bigint not null, at timestamptz not null, kind text) partition by range (at);
create table events_2025 partition of events for values from ('2025-01-01') to ('2026-01-01');
create table events_2026 partition of events for values from ('2026-01-01') to ('2027-01-01');
--! from 11
create table events_default partition of events default;
--! from 11
create index events_at on events (at);
create table events_loose (id bigint not null, at timestamptz not null, kind text);
create table events_proven (id bigint not null, at timestamptz not null, kind text, check (at is not null and at >= '2028-01-01' and at < '2029-01-01'));
create table logs (id int, day date not null) partition by range (day);
create table logs_1 partition of logs for values from ('2025-01-01') to ('2026-01-01');
create table parent (id int, v text);
create table child (extra text) inherits (parent);
create view order_totals as select id, price from orders;
create materialized view customer_names as select id, name from customers;
create unique index customer_names_id on customer_names (id);
create materialized view name_counts as select name, count(*) from customers group by 1;
create function touch() returns trigger language plpgsql as 'begin return new; end';
create function calm() returns int immutable language sql as 'select 1';
-- PL/pgSQL: the planner would look into an SQL function and find a constant.
create function wild() returns int volatile language plpgsql as 'begin return 1; end';
create trigger orders_touch before update on orders for each row execute procedure touch();
create policy lonely_policy on lonely using (a = 'x');
create table ruled (id int);
create rule lonely_rule as on delete to ruled do instead nothing;
create schema archive;
create table archive.orders (id bigint primary key, note text);
create unlogged table scratch (id int primary key, v text);
create sequence free_numbers;
insert into countries values ('de', 'Germany');
insert into customers values (1, 'a', 'A', 'de'), (2, 'b', 'B', 'de');
insert into orders (id, customer_id, status, code, total, price, note, kind, placed_at, shipped_at) values (1, 1, 's', 'c1', 1, 1, 'n', 'k', now(), now()), (2, 2, 's', 'c2', 2, 2, 'n', 'k', now(), now());
insert into line_items (id, order_id, n, size) values (1, 1, 1, 1);
insert into lonely (id, a) values (1, 'a');
insert into many values (1, 1);
insert into pending values (1, 1);
insert into events values (1, '2026-03-01', 'k');
insert into parent values (1, 'v');
insert into child values (1, 'v', 'e');

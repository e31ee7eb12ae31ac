create index on orders (total);

create index i on orders (total);

create index orders_status on orders (note);

create index if not exists orders_status on orders (note);

create unique index i on orders (id, code);

create index i on orders (lower(note)) where total > 0;

create index i on orders using gin (tags);

create index i on orders (nothing_such);

create index i on nothing_such (id);

create index i on events (kind);

create index on events (kind, id);

create index i on only events (kind);

create index i on events_2026 (kind);

create index i on parent (v);

create index i on customer_names (name);

create index i on archive.orders (note);

drop index orders_status;

drop index if exists nothing_such;

drop index nothing_such;

drop index orders_pkey;

drop index events_at;

drop index orders_status, orders_placed;

reindex table lonely;

reindex table orders;

reindex index orders_status;

reindex table events;

create table t (id int);

create table orders (id int);

create table if not exists orders (id int);

create table t (id serial primary key, order_id bigint references orders (id), note text unique);

create table t (id int references nothing_such (id));

create table t (id int, foreign key (id) references t2 (id));

create table t (id int primary key, parent int references t (id));

create table t (like orders including all);

create table t () inherits (parent);

create table t as select * from orders;

create table t partition of events for values from ('2030-01-01') to ('2031-01-01');

create table t partition of logs for values from ('2030-01-01') to ('2031-01-01');

create table t partition of logs default;

create table t (id int, at date) partition by range (at);

create table nothing_such.t (id int);

create temp table t (id int references countries (code));

create temp table orders (id int);

create unlogged table t (id int);

drop table lonely;

drop table orders;

drop table orders cascade;

drop table line_items;

drop table line_items, audit;

drop table audit;

drop table nothing_such;

drop table if exists nothing_such, lonely;

drop table events;

drop table events_2025;

drop table logs_1;

drop table parent;

drop table child;

drop table customers cascade;

drop view order_totals;

drop view nothing_such;

drop materialized view customer_names;

drop sequence free_numbers;

drop sequence lonely_c_seq;

drop schema archive;

drop schema archive cascade;

drop type mood;

drop type mood cascade;

drop type nothing_such;

drop domain positive cascade;

drop function wild();

drop trigger orders_touch on orders;

drop trigger nothing_such on orders;

drop trigger if exists nothing_such on orders;

drop policy lonely_policy on lonely;

drop rule lonely_rule on ruled;

--! open what hangs on an extension is not read, and CASCADE drops it
drop extension citext cascade;

truncate lonely;

truncate orders;

truncate orders cascade;

truncate orders, line_items, audit;

truncate events;

truncate parent;

truncate only parent;

update orders set note = 'x';

update orders set note = 'x' where id = 1;

update orders set nothing_such = 1;

update events set kind = 'x' where id = 1;

update orders o set note = c.name from customers c where c.id = o.customer_id;

update parent set v = 'x';

delete from lonely;

delete from orders where id = 2;

delete from orders where id = 1;

delete from audit;

delete from events;

delete from nothing_such;

insert into lonely (id) values (1);

insert into lonely select id, note from orders;

insert into events values (2, '2026-04-01', 'x');

insert into orders (id, nothing_such) values (1, 2);

insert into countries values ('fr', 'France') on conflict (code) do update set name = excluded.name;

with gone as (delete from audit returning *) insert into lonely (id) select id from gone;

--! from 15
merge into lonely l using many m on l.id = m.id when matched then update set a = 'x' when not matched then insert (id) values (m.id);

select * from orders;

select * from orders for update;

select 1;

select * into t from orders;

refresh materialized view customer_names;

refresh materialized view concurrently customer_names;

refresh materialized view concurrently name_counts;

refresh materialized view name_counts;

create view v as select * from orders;

create or replace view order_totals as select id, price from orders;

create view order_totals as select 1;

create materialized view v as select * from orders;

create trigger t before insert on orders for each row execute function touch();

create trigger orders_touch before insert on orders for each row execute function touch();

--! from 14
create or replace trigger orders_touch before insert on orders for each row execute function touch();

create trigger t after insert on events for each row execute function touch();

create policy p on lonely using (true);

create policy lonely_policy on lonely using (true);

create rule r as on insert to ruled do instead nothing;

create statistics s on status, total from orders;

comment on table orders is 'x';

comment on column orders.note is 'x';

comment on column orders.nothing_such is 'x';

comment on index orders_status is 'x';

comment on constraint orders_note_known on orders is 'x';

comment on trigger orders_touch on orders is 'x';

comment on materialized view customer_names is 'x';

comment on view order_totals is 'x';

comment on type mood is 'x';

grant select on orders to public;

grant select on all tables in schema public to public;

revoke all on orders from public;

create schema s;

create schema archive;

create schema if not exists archive;

create type t as enum ('a');

create type mood as enum ('a');

create type t as (a int, b text);

create domain d as text check (value <> '');

create function f() returns int language sql as 'select 1';

create or replace function wild() returns int volatile language sql as 'select 2';

create sequence s;

create sequence free_numbers;

create sequence s owned by lonely.id;

create extension if not exists citext;

create publication p for table orders;

create publication p for all tables;

create role some_truth_role;

set lock_timeout = '3s';

set local statement_timeout = '5s';

lock table orders;

lock table orders in share mode;

lock table events in access exclusive mode;

lock table only events in exclusive mode;

analyze orders;

analyze events;

cluster orders using orders_status;

cluster orders using nothing_such;

copy lonely (id) from program 'echo 1';

copy orders to program 'cat > /dev/null';

do $$ begin perform 1; end $$;

explain select * from orders;

prepare q as select * from orders;

alter default privileges grant select on tables to public;

alter function wild() stable;

alter table if exists orders add column if not exists x int;

savepoint s;

notify x;

discard plans;

--! create policy readers on lonely for select using (id > 0)
alter policy readers on lonely using (id > 1);

alter policy nothing on lonely using (id > 1);

explain analyze update lonely set a = 'x';

explain update lonely set a = 'x';

alter function touch() owner to current_user;

--! create materialized view seen as select code from orders
alter table orders drop column code cascade;

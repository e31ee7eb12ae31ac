-- What a command names must stand, be free, and be of the right kind.

grant select on nothing_such to public;

grant select (nothing) on orders to public;

grant usage on schema nothing_such to public;

revoke all on nothing_such from public;

alter sequence nothing_such restart with 1;

alter sequence free_numbers owned by orders.nothing;

alter sequence free_numbers owned by nothing_such.id;

alter sequence if exists nothing_such restart;

alter type nothing_such add value 'x';

--! from 12
alter type mood add value 'sad';

--! from 12
alter type mood add value if not exists 'sad';

--! from 12
alter type mood add value 'x' before 'nothing';

alter type mood rename value 'nothing' to 'x';

alter type mood rename value 'sad' to 'ok';

alter type nothing_such rename to x;

alter type mood rename to plain_text;

alter table nothing_such owner to current_user;

alter schema nothing_such rename to x;

alter schema archive rename to public;

create trigger t before update of nothing on orders for each row execute function touch();

create trigger t before update on orders for each row when (new.nothing = 1) execute function touch();

create trigger t instead of update on orders for each row execute function touch();

create function f() returns int language sql as 'select id from nothing_such';

create function f() returns int language sql as 'select nothing from orders';

create function f() returns int language sql as 'select 1; selec 2';

create function f() returns nothing_such language sql as 'select 1';

create function f(a nothing_such) returns int language sql as 'select 1';

create function calm() returns int language sql as 'select 1';

create function f() returns int language plpgsql as 'begin retur 1; end';

create function f() returns int language plpgsql as 'begin return (select id from nothing_such); end';

drop function if exists nothing_such();

drop trigger nothing_such on orders;

drop trigger if exists nothing_such on orders;

drop policy nothing_such on lonely;

drop type mood;

drop type nothing_such;

drop domain positive;

drop sequence nothing_such;

drop sequence customers_id_seq;

drop sequence lonely_c_seq;

drop view nothing_such;

drop view orders;

drop table order_totals;

drop index nothing_such;

drop index orders;

drop materialized view order_totals;

drop schema archive;

drop schema nothing_such;

comment on table nothing_such is 'x';

comment on column orders.nothing is 'x';

comment on column nothing_such.id is 'x';

comment on index nothing_such is 'x';

comment on type nothing_such is 'x';

comment on constraint nothing_such on orders is 'x';

comment on schema nothing_such is 'x';

refresh materialized view nothing_such;

refresh materialized view order_totals;

refresh materialized view concurrently name_counts;

create index on order_totals (id);

create index orders_status on orders (status);

create index on orders (doc);

create index on orders using gin (note);

create index on orders using gin (status gin_trgm_ops);

create index on orders (wild());

create index on orders (lower(nothing));

create unique index on events (id);

create table orders (id int);

create table t (id int, id text);

create table t (id int primary key, x int primary key);

create table t (id nothing_such);

create table t (id int references nothing_such);

create table t (id int references lonely);

create table t (id text references orders);

create table t (id int references orders (nothing));

--! from 12
create table t (id int default nothing);

create table t (id int check (nothing > 1));

create table t (a int, b int generated always as (nothing) stored);

create table t (a int, b int generated always as (random()) stored);

create table t (like nothing_such);

create table t partition of orders for values in (1);

create table t partition of events for values from ('2025-06-01') to ('2025-07-01');

create table t partition of events for values in (1);

create table t (a int, primary key (b));

create table t (a int, foreign key (b) references orders);

create table t (a int, foreign key (a) references orders (id, code));

create table t (a int) partition by range (b);

create table t (a int) inherits (nothing_such);

create table nothing_such.t (a int);

create schema archive;

create type mood as enum ('a');

create domain d as nothing_such;

create sequence free_numbers;

create view order_totals as select 1;

create or replace view order_totals as select 1;

create or replace view order_totals as select id, price, note from orders;

create or replace view order_totals as select price, id from orders;

create or replace view order_totals as select id from orders;

create policy lonely_policy on lonely using (true);

create policy p on lonely using (nothing = 1);

create policy p on nothing_such using (true);

create extension citext;

create extension if not exists citext;

create statistics s on nothing, id from orders;

create publication p for table nothing_such;

lock table nothing_such;

truncate nothing_such;

truncate customers;

truncate order_totals;

analyze nothing_such;

analyze orders (nothing);

reindex table nothing_such;

reindex index nothing_such;

cluster nothing_such;

copy nothing_such from stdin;

copy orders (nothing) to stdout;

select nextval('nothing_such');

select setval('free_numbers', (select max(id) from orders));

select setval('nothing_such', 1);

select setval(pg_get_serial_sequence('lonely', 'c'), 10);

alter index nothing_such rename to x;

alter index orders_status rename to orders_code;

alter table orders rename to customers;

alter table orders rename column status to note;

alter table orders rename constraint nothing to x;

alter table orders alter column total set default 'abc';

alter table orders add column x int default 'abc';

alter table orders add column status int;

alter table orders add constraint orders_pkey check (id > 0);

alter table orders add check (nothing > 0);

alter table orders add unique (nothing);

alter table orders add primary key (id);

alter table orders add foreign key (status) references customers (id);

alter table orders add foreign key (total) references lonely (id);

alter table orders drop column nothing;

alter table orders drop column id;

alter table customers drop column id;

alter table orders alter column price type text;

alter table orders alter column note type int;

alter table orders alter column status type mood;

alter table orders alter column id add generated always as identity;

alter table orders alter column total add generated by default as identity;

alter table orders validate constraint nothing;

alter table orders enable trigger nothing;

alter table orders inherit nothing_such;

alter table orders attach partition lonely for values in (1);

alter table events attach partition events_loose for values from ('2025-06-01') to ('2025-07-01');

alter table events attach partition lonely for values from ('2029-06-01') to ('2029-07-01');

alter table orders set schema nothing_such;

alter table orders set schema archive;

alter table orders replica identity using index orders_status;

alter table orders cluster on nothing;

alter table order_totals add column x int;

alter view order_totals rename column id to x;

alter view orders rename to x;

alter materialized view customer_names rename to x;

--! alter table orders alter id add generated always as identity
select setval('orders_id_seq', 10);

--! alter table orders alter id add generated always as identity
alter table orders alter id add generated by default as identity;

alter table orders alter code add generated by default as identity;

alter table orders alter id drop identity;

alter table orders alter id drop identity if exists;

alter table orders alter id set generated always;

--! alter table orders alter id add generated always as identity
alter table orders alter id drop identity;

create index on orders ((shipped_at::date));

create index on orders ((placed_at::date));

create index on orders (date_trunc('day', shipped_at));

create index on orders (date_trunc('day', placed_at));

create index on orders ((feeling::text));

create index on orders (to_char(placed_at, 'YYYY'));

create index on orders ((note::date));

create index on orders ((total::text));

create index on orders (concat(note, status));

create index on orders ((note || status));

create index on orders (id) where placed_at > now();

create index on orders (id) where shipped_at > current_date;

create table t (a timestamptz, b date generated always as (a::date) stored);

create table t (a timestamptz) partition by range (date_trunc('day', a));

create table t (a int default (a + 1));

--! from 13
create table t (a date default current_date, b uuid default gen_random_uuid());

create table t (a int default nextval('nothing_such'));

create table t (a int default nextval('free_numbers'));

alter table orders alter total set default nextval('public.nothing_such');

alter table orders alter total set default id;

--! evolved
--! create type state as enum ('new'); create table tasks (id int, state state, states state[]); alter type state rename to task_state
drop type task_state;

--! evolved
--! create schema apart; create type state as enum ('new'); create table tasks (id int, state state); alter type state set schema apart
drop type apart.state;

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

update events set kind = 'x' where false;

delete from events where 1 = 2;

update parent set v = 'x' where false;

delete from orders where false;

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

-- What a function, rule or prepared statement writes is locked when it is made: parse analysis opens it.
create function forget() returns void language sql as 'delete from lonely; insert into many values (2, 2)'

create function later() returns void language plpgsql as 'begin delete from lonely; end'

create function loose(anyelement) returns void language sql as 'delete from lonely'

--! evolved
--! set check_function_bodies = off
create function unchecked() returns void language sql as 'delete from lonely'

create function lost() returns void language sql as 'delete from nowhere'

--! from 14
create function atomic() returns void language sql begin atomic delete from lonely; end

create rule moved as on insert to ruled do instead insert into lonely (id) values (new.id)

prepare later_update as update many set v = 1

-- What a write goes on to: the table under a view, a rule's own statements, the tables of a trigger.
insert into order_totals (id) values (7)

update order_totals set price = 2

delete from order_totals where id = 1

--! create rule moved as on insert to ruled do instead insert into lonely (id) values (new.id)
insert into ruled values (1)

--! create rule kept as on update to ruled do also insert into lonely (id) values (new.id)
update ruled set id = 1

--! evolved
--! create view open_orders as select id from orders where note is not null; create function shut() returns trigger language plpgsql as 'begin delete from lonely; return old; end'; create trigger shut instead of delete on open_orders for each row execute function shut()
delete from open_orders

--! evolved
--! create function copied() returns trigger language plpgsql as 'begin insert into lonely (id) values (new.id); return new; end'; create trigger copied after insert on many for each row execute function copied()
insert into many values (9, 9)

insert into many select id, id from nowhere

update many set v = (select max(id) from nowhere)

-- Two keys over the same columns of a new table are one.
create table twins (id int primary key, unique (id), customer_id bigint references customers)

do $$ begin if exists (select from lonely where id = 77) then return; end if; alter table lonely add column told int; end $$

do $$ begin execute 'grant select on lonely to ' || quote_ident(current_user); end $$

do $$ declare row record; begin for row in update lonely set a = 'z' returning * loop null; end loop; end $$

drop function touch() cascade

drop function touch()

drop function if exists nothing_here() cascade

--! create function touch_many() returns trigger language plpgsql as 'begin return new; end'; create trigger touch_many before update on events for each row execute function touch_many()
drop function touch_many() cascade

drop function nowhere.f()

grant select on nowhere to public

grant usage on schema nowhere to public

comment on schema nowhere is 'x'

comment on index nowhere is 'x'

drop table nowhere.orders

drop trigger t on archive.nothing_here

drop trigger t on nowhere.orders

alter table if exists nothing_here set schema nowhere

create view over as select id from orders where exists (select from nowhere)

--! create function pick(a int) returns int language sql as 'select 1'; create function pick(a int, b int) returns int language plpgsql as 'begin delete from lonely; return 1; end'
--! evolved
select pick(1, 2)

--! create function twice(a int) returns int language plpgsql as 'begin delete from lonely; if a > 0 then return twice(a - 1); end if; return 1; end'
--! evolved
select twice(2)

--! create function noted() returns int language plpgsql as 'begin delete from lonely; return 5; end'
--! evolved
insert into many values (noted(), 1)

--! create table refers (code text references countries (code) on update cascade)
update countries set code = 'fr' where code = 'de'

--! create table kept (id int not null, lonely_id int references many) partition by range (id); create table kept_1 (id int not null, lonely_id int)
alter table kept attach partition kept_1 for values from (0) to (10)

--! create table kept (id int not null, lonely_id int references many) partition by range (id); create table kept_1 (id int not null, lonely_id int references many)
alter table kept attach partition kept_1 for values from (0) to (10)

--! create table kept (id int not null, lonely_id int references many) partition by range (id); create table kept_1 partition of kept for values from (0) to (10)
drop table kept_1

--! create table kept (id int not null, lonely_id int references many) partition by range (id); create table kept_1 partition of kept for values from (0) to (10)
drop table many, kept

--! create table main (id int primary key); create table kept (id int not null, main_id int references main) partition by range (id); create table kept_1 partition of kept for values from (0) to (10)
drop table main, kept

--! create table kept (id int primary key) partition by range (id); create table refers (id int, kept_id int references kept) partition by range (id); create table refers_1 partition of refers for values from (0) to (10)
create table kept_1 partition of kept for values from (0) to (10)

--! create table kept (id int primary key) partition by range (id); create table kept_1 partition of kept for values from (0) to (10); create table refers (id int, kept_id int references kept) partition by range (id)
create table refers_1 partition of refers for values from (0) to (10)

alter table orders alter column customer_id type int

update line_items set doubled = 4

update line_items set doubled = default

update pg_class set reltuples = 0 where relname = 'orders'

--! alter table parent add constraint v_known check (v <> '')
create table heir (extra int, constraint v_known check (v <> '')) inherits (parent)

--! alter table child add constraint v_known check (v <> '')
alter table parent add constraint v_known check (v <> '')

--! alter table events_2026 add constraint own_key foreign key (id) references customers (id) not valid
alter table events detach partition events_2026;

alter table orders alter column note drop default, drop column note;

--! create table needs_id (id int not null)
alter table lonely inherit needs_id;

--! create unique index on events_default (id)
alter table events add constraint loop foreign key (id) references events_default (id);

--! create table strict (a int not null); create table strict_child () inherits (strict)
alter table strict_child alter column a drop not null;

-- the default of a column that was of the type before is tied to it still
--! create type state as enum ('new', 'done'); create table tasks (id int, state state default 'new'); alter table tasks alter state type text
drop type state;

--! create type state as enum ('new', 'done'); create table tasks (id int, state state default 'new'); alter table tasks alter state type text
drop type state cascade;

--! evolved
--! create type state as enum ('new', 'done'); create table tasks (id int, state state default 'new'); alter table tasks alter state type text
drop type state;

--! create type state as enum ('new', 'done'); create table tasks (id int, state state default 'new'); alter table tasks alter state drop default, alter state type text
drop type state;

-- Facts that `npm run facts` asked of the servers: functions, casts, operators, types and members of extensions.
--! from 18
alter table orders add column x int[] default array_sort('{1}'::int[]);

--! from 18
select casefold('A');

--! from 17
alter table orders add column x int default random(1, 5);

--! from 16
select any_value(1);

alter table orders add column x text default to_char(now(), 'YYYY');

alter table orders add column x text default md5(random()::text);

--! from 14
create table ranges (r int4multirange);

--! to 13
create table ranges (r int4multirange);

-- what an index may call
create index on orders (date_trunc('day', placed_at));

create index on orders (date_trunc('day', shipped_at));

create index on orders (to_char(placed_at, 'YYYY'));

create index on orders ((shipped_at + interval '1 day'));

create index on orders ((placed_at + interval '1 day'));

create index on orders ((shipped_at::date));

create index on orders ((placed_at::date));

create index on orders ((placed_at::text));

create index on orders ((note::date));

create index on orders ((note::uuid));

create index on orders ((note::mood));

create index on orders ((shipped_at at time zone 'UTC'));

create index on orders (extract(year from shipped_at));

create index on orders (extract(year from placed_at));

create index on orders (timezone('UTC', shipped_at));

create index on orders (lower(note));

create index on orders (age(placed_at));

create index on orders (age(placed_at, '2020-01-01'::timestamp));

-- members of extensions
--! evolved
--! create extension pg_trgm
select similarity(note, 'a') from orders;

--! create extension "uuid-ossp"
alter table orders add column x uuid default uuid_generate_v4();

--! create extension "uuid-ossp"
alter table orders add column x uuid default uuid_generate_v5(uuid_ns_url(), 'a');

create extension earthdistance;

--! evolved
--! create extension earthdistance cascade
create table places (at cube, spot earth);

--! evolved
--! create extension btree_gist
create index on orders using gist (note);

--! evolved
--! create extension btree_gist
create index on orders using gin (note);

create index on orders using gin (note gin_trgm_ops);

--! evolved
--! create extension pg_trgm
create index on orders using gin (note gin_trgm_ops);

--! create extension hstore
create table bags (h hstore primary key);

--! create extension hstore; create table bags (t text, h hstore)
alter table bags alter t type hstore;

--! create extension hstore; create table bags (t text, h hstore)
alter table bags alter t type hstore using t::hstore;

--! create extension hstore; create table bags (t text, h hstore)
alter table bags alter h type jsonb;

--! create extension hstore; create table bags (t text, h hstore)
alter table bags alter h type text;

--! create table bags (t text, c citext)
alter table bags alter t type citext;

--! create table bags (t text, c citext)
alter table bags alter c type varchar;

--! create extension isn; create table bags (b isbn13)
alter table bags alter b type ean13;

--! create extension isn; create table bags (b isbn13)
alter table bags alter b type int;

--! create extension ltree; create table bags (t text)
alter table bags alter t type ltree using t::ltree;

--! create extension lo; create table bags (t lo)
alter table bags alter t type oid;

-- a trigger function of an extension, and one of the server
--! evolved
--! create extension moddatetime
create trigger touched before update on orders for each row execute procedure moddatetime(placed_at);

create trigger touched before update on orders for each row execute procedure suppress_redundant_updates_trigger();

create trigger touched before update on orders for each row execute procedure moddatetime(placed_at);

-- what locks nothing may still change what later statements mean
--! create function rolled() returns int language plpgsql stable as 'begin return 1; end'; alter function rolled() volatile
alter table orders add column x int default rolled();

--! create function rolled() returns int language plpgsql volatile as 'begin return 1; end'; alter function rolled() immutable
alter table orders add column x int default rolled();

--! create table codes (c mood); create cast (mood as int) with inout as assignment
alter table codes alter c type int;

--! create table codes (c mood)
alter table codes alter c type int;

--! create table codes (c mood); create cast (mood as int) with inout as assignment; drop cast (mood as int)
alter table codes alter c type int;

--! create aggregate biggest (int) (sfunc = int4larger, stype = int)
select biggest(1);

--! create type shape
create function shape_in(cstring) returns shape language internal immutable strict as 'textin';

--! create operator class json_by_text default for type json using btree as operator 1 < (text, text), function 1 bttextcmp(text, text)
create table documents (d json);

--! set search_path to other; reset all
create table listed (id int references orders (id));

--! create temp table scratch (id int); discard temp
insert into scratch values (1);

--! create extension hstore; drop extension hstore
create extension hstore;

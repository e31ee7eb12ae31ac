-- Statements that work, and that look as if they failed or rewrote the table; beside each kind one that does.

-- The default keeps the type of its own expression under the column's (ATExecAlterColumnType strips the conversion).

--! create type st as enum ('a', 'c')
--! create table post (id int, status text not null default 'a')
--! insert into post values (1, 'a')
--! alter table post alter column status set default 'a'::st
alter table post alter column status set data type st using status::st;

--! create type st as enum ('a', 'c')
--! create table post (id int, status text not null default 'a')
--! insert into post values (1, 'a')
alter table post alter column status set data type st using status::st;

--! create type st as enum ('a', 'b')
--! create table post (id int, status st[] default '{}')
--! alter table post alter column status set data type text[]
--! alter table post alter column status set default '{}'::text[]
drop type st;

--! create type st as enum ('a', 'b')
--! create table post (id int, status st default 'a')
--! alter table post alter column status set data type text
drop type st;

--! create type st as enum ('a', 'b')
--! create table post (id int, status text[] default '{}')
--! alter table post alter column status set default '{}'::st[]
alter table post alter column status set data type st[] using status::st[];

--! create table post (id int, n text default '1')
--! alter table post alter column n set default 1
alter table post alter column n type int using n::int;

--! create table post (id int, n text default '1')
alter table post alter column n type int using n::int;

--! create table post (id int, n text default now())
alter table post alter column n type timestamptz using n::timestamptz;

--! create table post (id int, n text default current_date)
alter table post alter column n type date using n::date;

--! create table post (id int, b text default true)
alter table post alter column b type boolean using b::boolean;

--! create table post (id int, b int default 1)
alter table post alter column b type boolean using b <> 0;

--! create table post (id int, b int default 1)
alter table post alter column b drop default, alter column b type boolean using b <> 0, alter column b set default true;

-- Domains: only a constraint, of the domain itself or of one that it is over, or a volatile default writes every row.

--! create domain code as text default 'x'
alter table lonely add column e code;

--! create domain code as timestamptz default now()
alter table lonely add column e code;

--! create domain code as text default clock_timestamp()::text
alter table lonely add column e code;

--! create domain code as text default clock_timestamp()::text
alter table lonely add column e code default 'y';

--! create domain code as plain_text
alter table lonely add column e code;

--! create domain code as short_text
alter table lonely add column e code;

--! create domain code as text default 'x'
--! create domain label as code
alter table lonely add column e label not null;

--! create domain code as short_text
alter table lonely add column e code[];

--! create domain code as text check (value <> '')
--! alter domain code drop constraint code_check
alter table lonely add column e code;

--! create domain code as text
--! alter domain code set default random()::text
alter table lonely add column e code;

--! create domain code as text default random()::text
--! alter domain code drop default
alter table lonely add column e code;

--! create domain code as short_text
alter table lonely alter column a type code;

--! create domain code as plain_text
alter table lonely alter column a type code;

-- Functions in SQL that the planner puts in place of the call (inline_function): the body decides, not the label.

--! create function fixed() returns int language sql as 'select 1'
alter table lonely add column e int default fixed();

--! create function fixed() returns timestamptz language sql as 'select now()'
alter table lonely add column e timestamptz default fixed();

--! create function fixed(a int, b int default 2) returns int language sql as 'select a + b'
alter table lonely add column e int default fixed(1);

--! create function fixed() returns int language sql as 'select 1'
--! create function outer_fixed() returns int language sql as 'select fixed() + 1'
alter table lonely add column e int default outer_fixed();

--! create function fixed() returns int language sql strict as 'select 1'
alter table lonely add column e int default fixed();

--! create function wilder() returns float language sql as 'select random()'
alter table lonely add column e float default wilder();

--! create function wilder() returns int language sql as 'select wild()'
alter table lonely add column e int default wilder();

--! create function wilder() returns int language sql security definer as 'select 1'
alter table lonely add column e int default wilder();

--! create function wilder() returns int language sql set search_path = public as 'select 1'
alter table lonely add column e int default wilder();

--! create function wilder() returns int language sql as 'select id from lonely limit 1'
alter table lonely add column e int default wilder();

--! create function wilder() returns int language sql as 'select (select 1)'
alter table lonely add column e int default wilder();

--! create function wilder() returns int language sql as 'select 1; select 2'
alter table lonely add column e int default wilder();

--! create function wilder(a int) returns int language sql strict as 'select coalesce(a, 1)'
alter table lonely add column e int default wilder(2);

--! create function wilder() returns bigint language sql as 'select count(*)'
alter table lonely add column e bigint default wilder();

--! from 14
--! evolved
--! create function fixed() returns int language sql return 5
alter table lonely add column e int default fixed();

-- Foreign keys between domains over domains and their base.

--! create domain code as plain_text
--! create table rates (code text primary key)
--! create table prices (rate code)
alter table prices add foreign key (rate) references rates (code);

--! create domain amount as positive
--! create table rates (code int primary key)
--! create table prices (rate amount)
alter table prices add foreign key (rate) references rates (code);

--! create domain amount as positive
--! create table rates (code text primary key)
--! create table prices (rate amount)
alter table prices add foreign key (rate) references rates (code);

-- Operator classes that an index names.

--! create extension pg_trgm
--! create table notes (id int, body varchar(20))
--! create index notes_body on notes using gin (body gin_trgm_ops)
alter table notes alter column body type text;

--! create extension pg_trgm
--! create table notes (id int, body varchar(20))
--! create index notes_body on notes using gin (body gin_trgm_ops)
alter table notes alter column body type int using 1;

--! create table notes (id int, body varchar(20))
--! create index notes_body on notes (body varchar_pattern_ops)
alter table notes alter column body type text;

--! create table notes (id int, body text)
--! create index notes_body on notes (body text_pattern_ops)
alter table notes alter column body type int using 1;

--! create table notes (id int, body text)
--! create index notes_body on notes (body text_ops)
alter table notes alter column body type int using 1;

--! create table notes (id int, body jsonb)
--! create index notes_body on notes using gin (body jsonb_path_ops)
alter table notes alter column body type json;

create index lonely_id on lonely (id text_pattern_ops);

create index orders_tags on orders using gin (tags array_ops);

create index orders_kind on orders (kind bpchar_pattern_ops);

-- From 18 NOT NULL is a constraint.

--! from 18
--! alter table lonely add constraint nn not null a not valid
alter table lonely validate constraint nn;

--! from 18
--! alter table lonely add not null a not valid
alter table lonely validate constraint lonely_a_not_null;

--! from 18
--! create table notes (id int primary key, body text not null, title text constraint titled not null)
alter table notes drop constraint notes_body_not_null, drop constraint titled;

--! from 18
--! create table notes (id int primary key, body text not null)
--! alter table notes rename to remarks
alter table remarks drop constraint notes_body_not_null;

--! from 18
--! create table notes (id int primary key)
alter table notes drop constraint notes_id_not_null;

--! from 18
--! create table notes (body text not null)
--! create table remarks (like notes)
alter table remarks drop constraint notes_body_not_null;

--! from 18
--! alter table lonely add column e int constraint given not null default 1
alter table lonely drop constraint given;

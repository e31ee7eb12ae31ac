-- Operators, functions and stored values of types that do not go together.

alter table orders add constraint c check (note > 0);

alter table orders add constraint c check (id = true);

alter table orders add constraint c check (placed_at >= 2020);

alter table orders add constraint c check (length(total) > 3);

alter table orders add constraint c check (total);

alter table orders add constraint c check (total and note is null);

alter table orders add constraint c check (total like '1%');

alter table orders add constraint c check (lower(id) = 'a');

alter table orders add constraint c check (doc = '{}');

alter table orders add constraint c check (note in (1, 2));

alter table orders add constraint c check (tags = 'x'::text);

alter table orders add constraint c check (feeling = 'ok'::text);

alter table orders add constraint c check (feeling in ('ok', 'glad'));

alter table orders add constraint c check (note + total > 0);

alter table orders add constraint c check (- note = 'a');

alter table orders add constraint c check (note between 1 and 5);

alter table orders add constraint c check (note is distinct from 5);

alter table orders add constraint c check (status = 1::bigint);

alter table orders add constraint c check (placed_at > '2020-01-01' and price > 0.5 and note in ('a', 'b') and total between 1 and 10);

alter table orders add constraint c check (placed_at < shipped_at and total < price and status <> note and code = kind);

alter table orders add constraint c check (status || total <> '' and note || 1 <> 'a');

alter table orders add constraint c check (mail = note and mail <> 'x');

alter table orders add constraint c check (cardinality(tags) < 5 and 'a' = any (tags));

create table made (id int, check (id ~ '^[0-9]$'));

create table made (id int, name text check (name > 0));

update orders set total = note;

update orders set note = total where id = 1;

update orders set status = price where id = 1;

update orders set total = price where id = 1;

update orders set total = 1 where note = 5;

delete from orders where feeling = 'glad';

delete from orders where id = 'abc';

create index on orders (id) where note = 0;

create index on orders (id) where total;

create index on orders ((length(total)));

create index on orders ((lower(note)));

alter table orders add column g int generated always as (note || 'x') stored;

alter table orders add column g text generated always as (total + 1) stored;

alter table orders add column g int default now();

alter table orders add column g date default now();

alter table orders add column g text default now();

alter table orders add column g boolean default current_date;

alter table orders alter total set default current_date;

alter table orders add column g jsonb default '{a}';

alter table orders add column g jsonb default '{}';

alter table orders add column g uuid default 'abc';

insert into lonely (id, a) values (now(), 'x');

create policy mine on lonely using (id = 'x'::text);

create policy mine on lonely using (id = c and a = b);

create view mixed as select id from orders where id = note;

create view mixed as select orders.id from orders join customers on customers.id = orders.note;

select 1 from orders where note = 1 or total = 'x';


--! create function text_is(text, int) returns boolean language sql immutable as 'select $1 = $2::text'
--! create operator = (leftarg = text, rightarg = int, procedure = text_is)
alter table orders add constraint c check (note = 0);

--! create cast (text as int) with inout as implicit
alter table orders add constraint c check (note > 0);

--! update pg_cast set castcontext = 'i' where castsource = 'int'::regtype and casttarget = 'boolean'::regtype
alter table orders add constraint c check (total = true);

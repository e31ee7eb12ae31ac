-- Failures that no error of the grammar announces: what the schema, the transaction or the publication refuses.

--! from 14
--! create table daily (id int, day date) partition by range (day)
--! create table daily_1 partition of daily for values from ('2025-01-01') to ('2026-01-01')
--! create table daily_rest partition of daily default
alter table daily detach partition daily_1 concurrently;

--! create table feed (id int, v text)
--! create publication feed_news for table feed
update feed set v = 'x';

--! create table feed (id int, v text)
--! create publication feed_news for table feed
update feed set v = 'x' where id = 5;

--! create table feed (id int, v text)
--! create publication feed_news for table feed
delete from feed;

--! create table feed (id int, v text)
--! create publication feed_news for table feed
delete from feed where false;

--! create table feed (id int, v text)
--! create publication feed_news for table feed
insert into feed values (1, 'x');

--! create table feed (id int, v text)
--! create publication feed_news for table feed with (publish = 'insert')
update feed set v = 'x';

--! create table feed (id int, v text)
--! create publication feed_news for table feed with (publish = 'insert, update')
delete from feed;

--! create table feed (id int, v text)
--! create publication feed_news for table feed
--! alter table feed replica identity full
update feed set v = 'x';

--! create table feed (id int primary key, v text)
--! create publication feed_news for table feed
--! alter table feed replica identity nothing
update feed set v = 'x';

--! create table feed (id int primary key, v text)
--! create publication feed_news for table feed
update feed set v = 'x';

--! create table feed (id int, v text)
--! create publication feed_news for all tables
delete from feed;

-- A foreign key rests on a unique index.

--! create table rates (code text)
--! create unique index rates_code on rates (code)
--! create table prices (rate text references rates (code))
drop index rates_code;

--! create table rates (code text)
--! create unique index rates_code on rates (code)
--! create table prices (rate text references rates (code))
drop index rates_code cascade;

--! create table rates (code text)
--! create unique index rates_code on rates (code)
drop index rates_code cascade;

-- A domain under a domain, and inside an array.

--! create domain amount as int
--! create domain net as amount
--! create table sums (a net)
alter domain amount add constraint amount_positive check (value > 0);

--! create domain amount as int
--! create table sums (a amount[])
alter domain amount add constraint amount_positive check (value > 0);

--! create domain amount as int
--! create table sums (a amount[])
alter domain amount set not null;

--! create domain amount as int
--! create domain several as amount[]
--! create table sums (a several)
alter domain amount add constraint amount_positive check (value > 0);

--! create domain amount as int
--! create domain net as amount
--! create table sums (a net[])
alter domain amount add constraint amount_positive check (value > 0);

--! create domain amount as int
--! create table sums (a amount[])
alter domain amount add constraint amount_positive check (value > 0) not valid;

--! create domain amount as int
--! create table sums (a amount[])
alter domain amount set default 1;

-- The index of a partitioned table.

reindex index events_at;

-- Keys.

--! create unique index customers_name on customers (name)
alter table customers add constraint customers_pk2 primary key using index customers_name;

alter table customers add constraint customers_email_pk primary key using index customers_email_key;

--! create table keyless (id int not null)
--! create unique index keyless_id on keyless (id)
alter table keyless add constraint keyless_pk primary key using index keyless_id;

-- From 18 on, NOT NULL is a constraint that may be NOT VALID.

--! from 18
--! create table soft (id int, v int)
--! insert into soft values (1, 1)
--! alter table soft add constraint soft_v not null v not valid
alter table soft alter v set not null;

--! from 18
--! create table soft (id int, v int)
--! insert into soft values (1, 1)
--! alter table soft add constraint soft_v not null v not valid
--! alter table soft add constraint soft_v_known check (v is not null)
alter table soft alter v set not null;

--! from 18
--! create table soft (id int, v int)
--! create unique index soft_v_key on soft (v)
--! alter table soft add constraint soft_v not null v not valid
alter table soft add constraint soft_pk primary key using index soft_v_key;

--! from 18
--! create table soft (id int, v int)
--! alter table soft add constraint soft_v not null v not valid
alter table soft add primary key (v);

--! from 18
--! create table soft (id int, v int)
--! create unique index soft_v_key on soft (v)
--! alter table soft add constraint soft_v not null v not valid
--! alter table soft validate constraint soft_v
alter table soft add constraint soft_pk primary key using index soft_v_key;

--! from 18
--! create table soft (id int, v int)
--! alter table soft add constraint soft_v not null v not valid
alter table soft alter v add generated always as identity;

--! from 18
--! create table loose_day (id int, day date)
--! alter table loose_day add constraint loose_day_known not null day not valid
alter table logs attach partition loose_day for values from ('2027-01-01') to ('2028-01-01');

--! from 18
--! create table soft (id int, v int)
--! alter table soft add constraint soft_v not null v not valid
alter table soft add constraint soft_v2 not null v;

--! from 18
--! create table soft (id int, v int)
--! insert into soft values (1, 1)
--! create table soft_child () inherits (soft)
--! alter table soft add constraint soft_v not null v not valid
alter table soft alter v set not null;

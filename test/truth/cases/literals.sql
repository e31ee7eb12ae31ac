-- Constants that are no value of the column's type.

insert into orders (id, customer_id, feeling) values (9, 1, 'zzz');

insert into orders (id, customer_id, feeling) values (9, 1, 'sad');

update orders set feeling = 'zzz';

alter table orders alter feeling set default 'zzz';

alter table orders alter feeling set default 'ok';

alter table orders add column g mood default 'q';

alter table orders add column b2 boolean default 0;

alter table orders add column b2 boolean default 'maybe';

alter table orders add column b2 boolean default 'yes';

alter table orders add column n2 int default 'x';

alter table orders add column n2 int default '5';

alter table orders add column n2 int default true;

alter table orders add column n2 numeric default true;

alter table orders add column n2 smallint default 1.5;

alter table orders add column d2 date default 5;

alter table orders add column d2 timestamptz default 5;

alter table orders add column u2 uuid default 'garbage';

alter table orders add column u2 uuid default 5;

alter table orders add column j2 jsonb default 5;

alter table orders add column t2 text default 5;

alter table orders add column t2 text default true;

alter table orders add column s2 positive default 'x';

alter table orders alter total set default true;

insert into orders (id, customer_id, total) values (9, 1, true);

insert into orders (id, customer_id, total) values (9, 1, 'abc');

insert into orders (id, customer_id, total, note) values (9, 1, 1, 'a'), (10, 1, true, 'b');

insert into orders (id, customer_id, placed_at) values (9, 1, 5);

update orders set placed_at = 5;

update orders set total = 'many';

update orders set note = 5;

create table drafts (id int, done boolean default 0);

create table drafts (id int, state mood default 'nothing');

insert into line_items (id, order_id) values ('abc', 1);

-- What a query names must stand: relations, columns, entries of FROM, and as many values as columns.

select nothing from orders;

select o.nothing from orders o;

select orders.id from orders o;

select x.id from orders o;

select nothing;

select * from nothing_such;

select o.id from orders o join nothing_such n on n.id = o.id;

select id from orders o, customers c;

select id from orders join customers using (id);

select orders from orders;

select total as t from orders group by t order by t;

select total as t, count(*) from orders group by rollup (t) having t > 1;

select total from orders group by total having sum(nothing) > 1;

select 1 from orders where exists (select 1 from line_items where order_id = orders.id and orders.nothing = 1);

select 1 from orders where id in (select nothing from line_items);

select 1 from orders where id in (select total from line_items);

select (select name from customers where id = customer_id) from orders;

select * from (select id as n from orders) s where s.id = 1;

select s.n from (select id as n from orders) s;

select * from orders o, lateral (select * from line_items l where l.order_id = o.id and o.nothing = 1) s;

select * from orders o left join lateral (select n from line_items where order_id = o.id) l on l.n > o.total;

select g from generate_series(1, 3) g;

select t.a, t.b from (values (1, 2), (3, 4)) t (a, b);

select t.c from (values (1, 2), (3, 4)) t (a, b);

select * from (values (1, 2), (3)) t;

with recursive t as (select 1 as n union all select n + 1 from t where n < 3) select n, t.n from t;

with t as (select id as n from orders) select id from t;

with t (x) as (select id from orders) select x from t;

with a as (select id from orders), b as (select nothing from a) select 1 from b;

with moved as (delete from lonely where id = 1 returning id, nothing) select id from moved;

with moved as (delete from lonely where id = 1 returning id) insert into audit (id) select id from moved;

with s as (select id from customers), u as (update lonely set a = 'x' from s where s.id = lonely.id returning 1) select 1;

select case when total > 1 then 1 else total end, coalesce(note, '') from orders order by total, "coalesce";

select ctid, xmin, tableoid from orders;

select o.* from orders o order by o.nothing;

select x.* from orders o;

select name from orders o natural join customers c;

select sum(total) over w from orders window w as (partition by nothing);

select last_value from free_numbers;

select table_name from information_schema.tables limit 1;

select relname from pg_class limit 1;

select extract(year from placed_at), status::text, current_date, array[id], row(id) from orders limit 1 offset 1;

insert into lonely (id, nothing) values (1, 2);

insert into lonely (id, id) values (1, 2);

insert into lonely (id, a) values (1);

insert into lonely (id, a) values (1, 'a', 'b');

insert into lonely values (1, 'a', 'b', 2, 3);

insert into lonely values (1);

insert into lonely (id, a) values (1, 'a'), (2);

insert into lonely (id) select nothing from orders;

insert into lonely (id, a) select id from orders;

insert into lonely select id from nothing_such;

insert into lonely (id) values (1) returning nothing;

insert into lonely (id) values (1) returning id, lonely.a;

insert into lonely as l (id) values (1) returning lonely.a;

insert into line_items (id, order_id, doubled) values (9, 1, 2);

insert into line_items (id, order_id, doubled) values (9, 1, default);

insert into line_items (id, order_id, doubled) select 9, 1, 2;

--! create table numbered (id int generated always as identity, v int);
insert into numbered (id, v) values (1, 1);

--! create table numbered (id int generated always as identity, v int);
insert into numbered (id, v) overriding system value values (1, 1);

--! create table numbered (id int generated always as identity, v int);
update numbered set id = 2;

--! create table numbered (id int generated always as identity, v int);
update numbered set id = default;

insert into orders (id) values (7);

insert into customers (id, name) values (7, null);

insert into customers (id, name) values (7, 'a'), (8, null);

insert into customers default values;

insert into lonely default values;

insert into customers (id, name) values (1, 'a') on conflict do nothing;

insert into customers (id, name) values (1, 'a') on conflict (id) do nothing;

insert into customers (id, name) values (1, 'a') on conflict (name) do nothing;

insert into customers (id, name) values (1, 'a') on conflict (id, email) do nothing;

insert into customers (id, name) values (1, 'a') on conflict (nothing) do nothing;

insert into customers (id, name) values (1, 'a') on conflict on constraint customers_pkey do nothing;

insert into customers (id, name) values (1, 'a') on conflict on constraint nothing_such do nothing;

insert into customers (id, name) values (1, 'a') on conflict (id) do update set name = excluded.name where customers.name <> 'b';

insert into customers (id, name) values (1, 'a') on conflict (id) do update set name = excluded.nothing;

insert into customers (id, name) values (1, 'a') on conflict (id) do update set nothing = 1;

insert into customers (id, name) values (1, 'a') on conflict (id) do update set name = name || 'x';

insert into customers (id, name) values (1, 'a') on conflict (id) do update set name = customers.name || 'x';

--! create unique index lonely_some on lonely (a) where id > 0
insert into lonely (id, a) values (1, 'a') on conflict (a) do nothing;

--! create unique index lonely_some on lonely (a) where id > 0
insert into lonely (id, a) values (1, 'a') on conflict (a) where id > 0 do nothing;

--! create unique index lonely_some on lonely (lower(a))
insert into lonely (id, a) values (1, 'a') on conflict (lower(a)) do nothing;

update orders set nothing = 1;

update orders set total = nothing;

update orders set total = 1 where nothing = 1;

update orders o set total = 1 where orders.id = 1;

update orders set total = c.id from customers c where c.id = customer_id;

update orders set total = c.nothing from customers c where c.id = customer_id;

update orders set total = n.id from nothing_such n;

update orders set (total, status) = (select id, nothing from customers where id = customer_id);

update orders set (total, status) = (select 1, name from customers c where c.id = customer_id);

update orders set total = 1 returning nothing;

update line_items set doubled = 1;

update line_items set doubled = default where id = 1;

delete from orders where nothing = 1;

delete from lonely using customers c where c.id = lonely.id;

delete from lonely using customers c where c.nothing = lonely.id;

delete from lonely l where lonely.id = 1;

--! from 15
merge into lonely l using customers c on c.id = l.id when matched then update set a = c.name when not matched then insert (id, a) values (c.id, c.name);

--! from 15
merge into lonely l using customers c on c.nothing = l.id when matched then delete;

--! from 15
merge into lonely l using customers c on c.id = l.id when matched then update set nothing = 1;

--! from 18
update many set v = 2 returning old.v, new.v;

create view v as select id, nothing from orders;

create view v as select o.id, c.nothing from orders o join customers c on c.id = o.customer_id;

create table t as select nothing from orders;

create table t as select id, status as s, case when total > 1 then 1 else total end from orders;

create materialized view m as select c.id from orders o;

do $$ declare x int; begin select total into x from orders where id = x; end $$;

do $$ declare r record; begin for r in select id from orders loop update orders set total = r.id where id = r.id; end loop; end $$;

do $$ begin update orders set total = 1 where id in (select id from nothing_such); end $$;

-- what a view reads: each name where it stands
--! evolved
--! create table t1 (id int, a int, b int); create table t2 (id int, a int, b int); create view v as select t1.a from t1 join t2 on t2.id = t1.id
alter table t2 drop column a;

--! evolved
--! create table t1 (id int, a int, b int); create table t2 (id int, a int, b int); create view v as select t1.a from t1 join t2 on t2.id = t1.id
alter table t2 drop column id;

--! evolved
--! create table t1 (id int, a int, b int); create table t2 (id int, a int, b int); create view v as select t1.a from t1 join (select * from t2 where a > 1) as t3 on t3.id = t1.id
alter table t1 drop column b;

--! evolved
--! create table t1 (id int, a int, b int); create table t2 (id int, a int, b int); create view v as select t1.a from t1 join (select * from t2 where a > 1) as t3 on t3.id = t1.id
alter table t2 drop column b;

--! evolved
--! create table t1 (id int, a int, b int); create table t2 (id int, a int, c int); create view v as select b, c from t1 join t2 using (id, a)
alter table t2 drop column a;

--! evolved
--! create table t1 (id int, a int, b int); create table t2 (id int, c int); create view v as select b, c from t1 natural join t2
alter table t2 drop column id;

--! evolved
--! create table t1 (id int, a int, b int); create table t2 (id int, c int); create view v as select b from t1 where exists (select from t2 where c = a)
alter table t1 drop column a;

--! evolved
--! create table t1 (id int, a int, b int); create view v as select t1 from t1
alter table t1 drop column a;

--! evolved
--! create table t1 (id int, a int, b int); create view v as with w as (select id, a from t1) select w.id from w
alter table t1 drop column a;

--! evolved
--! create table t1 (id int, a int, b int); create view v as select z.y from t1 as z (x, y)
alter table t1 drop column a;

--! evolved
--! create table t1 (id int, a int, b int); create view v as select z.y from t1 as z (x, y)
alter table t1 drop column b;

--! evolved
--! create table t1 (id int, a int, b int); create view v as select id from t1 order by b
alter table t1 alter column b type bigint;

--! evolved
--! from 14
--! create table t1 (id int, a int, b int); create function f(a int) returns bigint begin atomic select count(*) from t1 where t1.id = f.a; end
alter table t1 drop column a;

--! evolved
--! from 14
--! create table t1 (id int, a int, b int); create function f(a int) returns bigint begin atomic select count(*) from t1 where t1.id = f.a; end
alter table t1 drop column id;

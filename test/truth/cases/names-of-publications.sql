--! from 15
--! create publication p for table orders (id, note)
alter table orders drop column note;

--! from 15
--! create publication p for table orders (id, note)
alter table orders drop column note cascade;

--! from 15
--! create publication p for table orders (id, note)
alter table orders drop column total;

--! from 15
--! create publication p for table orders (id, note)
alter table orders alter note type varchar(9);

--! from 15
--! create publication p for table orders (id, note)
alter table orders rename note to remark;

--! from 15
--! create publication p for table orders where (id > 5)
alter table orders alter id type numeric;

--! from 15
--! create publication p for table orders where (id > 5)
alter table orders drop column id;

--! from 15
--! create publication p for table orders (id, note); alter table orders rename note to remark
alter table orders drop column remark;

--! from 15
--! create publication p for table orders (id, note); alter publication p set table orders
alter table orders drop column note;

--! from 15
--! create publication p for table orders (id, note); drop publication p
alter table orders drop column note;

alter publication nothing_such add table orders;

--! create publication p for table orders
alter publication p add table orders;

--! create publication p for table orders
alter publication p add table customers;

--! create publication p for table orders
alter publication p drop table customers;

--! create publication p for table orders
alter publication p drop table orders;

--! create publication p for all tables
alter publication p add table orders;

--! create publication p for table orders
alter publication p set (publish = 'insert');

--! from 15
create publication p for table orders (id, nothing_such);

--! from 15
--! create publication p for tables in schema public
alter publication p add table orders;

--! create publication p for table orders
create publication p for table customers;

drop publication nothing_such;

drop publication if exists nothing_such;

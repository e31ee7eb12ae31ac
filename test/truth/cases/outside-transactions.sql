-- What refuses a transaction is observed from a second session: which lock it waits for behind a weaker one.
create index concurrently on orders (note);

create unique index concurrently on many (v);

create index concurrently on customer_names (name);

drop index concurrently orders_status;

--! from 12
reindex table concurrently orders;

--! from 12
reindex index concurrently orders_status;

vacuum lonely;

vacuum (analyze) many;

vacuum full orders;

vacuum full customer_names;

--! from 14
alter table logs detach partition logs_1 concurrently;

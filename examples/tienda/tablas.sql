-- La base de datos de la tienda, con lo que hay en data/. Como en tantas, nadie declaró las referencias.
\set ON_ERROR_STOP on
drop schema if exists tienda cascade;
create schema tienda;
set search_path to tienda;
create table usuarios (id integer, email text, nombre text, estado text, alta timestamptz);
create table marcas (id integer, nombre text, pais text);
create table productos (id integer, sku text, nombre text, marca_id integer, precio numeric(10, 2), stock integer);
create table carritos (id integer, usuario_id integer, estado text, creado timestamptz, pagado timestamptz);
create table lineas (carrito_id integer, producto_id integer, cantidad integer);
\copy usuarios from 'usuarios.csv' with (format csv, header)
\copy marcas from 'marcas.csv' with (format csv, header)
\copy productos from 'productos.csv' with (format csv, header)
\copy carritos from 'carritos.csv' with (format csv, header)
\copy lineas from 'lineas.csv' with (format csv, header)

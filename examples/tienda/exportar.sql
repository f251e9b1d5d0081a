-- Las tablas, a la carpeta en la que se está, para que las suites las lean. Los instantes, en ISO 8601 y UTC.
\set ON_ERROR_STOP on
set search_path to tienda;
set time zone 'UTC';
\copy (select id, email, nombre, estado, to_char(alta, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as alta from usuarios order by id, email) to 'usuarios.csv' with (format csv, header)
\copy (select * from marcas order by id) to 'marcas.csv' with (format csv, header)
\copy (select * from productos order by id, sku) to 'productos.csv' with (format csv, header)
\copy (select id, usuario_id, estado, to_char(creado, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as creado, to_char(pagado, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as pagado from carritos order by id) to 'carritos.csv' with (format csv, header)
\copy (select * from lineas order by carrito_id, producto_id, cantidad) to 'lineas.csv' with (format csv, header)

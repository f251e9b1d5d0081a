// The library of DuckDB, which is its driver of ADBC, from npm, for the tests.
//
//     duckdb.mjs FOLDER    installs it there once, and says where it is

import { join, resolve } from "node:path";

import { install } from "../install.mjs";

const VERSION = "1.5.6-r.1";
const FILES = { linux: "libduckdb.so", darwin: "libduckdb.dylib", win32: "duckdb.dll" };

const name = `@duckdb/node-bindings-${process.platform}-${process.arch}`;
const folder = join(resolve(process.argv[2]), "duckdb");
install(folder, [`${name}@${VERSION}`]);
console.log(join(folder, "node_modules", name, FILES[process.platform]));

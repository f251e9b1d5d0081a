-- A run. Its lines are those of a history file, to the byte; `position` grows with every change in the order in which changes
-- become visible, so that who follows knows where it was. A run that was taken away stays as `gone`, without its lines.
create table run (
    id text primary key,
    suite text not null,
    started_at text collate "C" not null,
    folder text not null,
    line text not null,
    rules text not null,
    gone boolean not null default false,
    position bigint not null unique
);
create index run_by_time on run (suite, started_at, id);
create index run_by_position on run (suite, position);
create index run_gone on run (folder) where gone;
create sequence run_position;

-- The files of a run: its record and its pages.
create table file (
    folder text not null,
    name text not null,
    bytes bytea not null,
    primary key (folder, name)
);

-- The changes of the breaker of a suite, a line each.
create table breaker (
    suite text not null,
    digest text not null,
    line text not null,
    primary key (suite, digest)
);

-- Texts by name, of which the newest counts.
create table document (
    name text primary key,
    text text not null
);

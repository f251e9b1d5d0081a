-- What people and boards ask: the runs, and a row for each rule of a run. JSON may hold the character 0, which no text of
-- PostgreSQL can.
create view runs as
select
    id,
    suite,
    started_at::timestamptz as started_at,
    line::json ->> 'status' as status,
    (line::json ->> 'exit_code')::int as exit_code,
    (line::json ->> 'duration_ms')::bigint as duration_ms,
    (line::json -> 'counts' ->> 'rules')::bigint as rules,
    (line::json -> 'counts' ->> 'passed')::bigint as passed,
    (line::json -> 'counts' ->> 'failed')::bigint as failed,
    (line::json -> 'counts' ->> 'error')::bigint as errors,
    (line::json -> 'counts' ->> 'rows_read')::bigint as rows_read,
    line::json -> 'reason' ->> 'en' as reason,
    line::json ->> 'branch' as branch,
    line::json ->> 'commit' as commit,
    folder
from (select id, suite, started_at, folder, gone, replace(line, '\u0000', '\ufffd') as line from run) as run
where not gone;

create view results as
select
    id as run,
    suite,
    started_at::timestamptz as started_at,
    rule ->> 'id' as rule,
    rule ->> 'dataset' as dataset,
    rule ->> 'expectation' as expectation,
    rule ->> 'status' as status,
    rule ->> 'level' as level,
    (rule ->> 'evaluated')::numeric as evaluated,
    (rule ->> 'violations')::numeric as violations,
    rule ->> 'observed' as observed
from run
cross join lateral (
    select replace(text, '\u0000', '\ufffd')::json as rule
    from unnest(string_to_array(rtrim(rules, E'\n'), E'\n')) as text
    where text <> ''
) as one
where not gone;

-- title: Conversations
-- answers: every conversation on one line: who, when, how long, what it used and what it cost
-- parameters: since, until, agent, model, conversation, user, environment
-- columns:
--   start_time             timestamp first record
--   conversation_id        text      conversation
--   kind                   text      main | subagent | review | title | compaction | helper
--   models                 text      models used
--   turns                  int64     turns
--   model_calls            int64     model calls, failed attempts included
--   tool_calls             int64     tool calls, executed or not
--   tool_failures          int64     tool calls that failed
--   total_tokens           int64     input + output; null where unknown
--   cost_usd               double    cost in USD; null when no call has a price
--   lower_bound            boolean   true when calls of unknown cost lie under the cost
--   wall_ms                double    end - start, milliseconds
--   active_ms              double    sum of the turns' durations, overlaps counted once, milliseconds
--   user_id                text      user: as the map of labels says, else e-mail, account, name or id, where exported
--   agent                  text      agent
--   agent_version          text      version of the agent program
--   originator             text      the front end that started it
--   environment            text      deployment environment as configured
--   host                   text      host name
--   service_name           text      resource attribute service.name
--   parent_conversation_id text      the conversation that started it
--   end_time               timestamp last record
--   mcp_calls              int64     tool calls to an MCP server
--   mcp_servers            text      MCP servers configured
--   approval_policy        text      approval policy in force
--   sandbox_policy         text      sandbox policy in force
--   reasoning_effort       text      reasoning effort as set
--   input_tokens           int64     tokens in, cached and cache-written included
--   cached_input_tokens    int64     of these: read from the cache
--   cache_write_tokens     int64     of these: written to the cache
--   output_tokens          int64     tokens out, reasoning included
--   reasoning_tokens       int64     of these: reasoning
--   unpriced_calls         int64     calls with an answer or tokens but of unknown cost: no price, or not all tokens
--   cost_nanousd           int64     cost, 10⁻⁹ USD: as reported where present, else list
--   list_cost_nanousd      int64     cost by the price table, 10⁻⁹ USD
--   reported_cost_nanousd  int64     cost as the agent reported it, 10⁻⁹ USD
--   evidence               text      signal the tokens were taken from: log | span | metric
--   team                   text      team, from the map of labels or attributes
--   project                text      project, from the same
--   repository             text      repository, from the same
--   branch                 text      branch, from the same
--   cost_center            text      cost centre, from the same
SELECT
    start_time, conversation_id, kind, models, turns, model_calls, tool_calls, tool_failures, total_tokens,
    ROUND(cost_nanousd / 1000000000.0, 9) AS cost_usd,
    unpriced_calls > 0 AS lower_bound,
    ROUND(wall_ns / 1000000.0, 6) AS wall_ms,
    ROUND(active_ns / 1000000.0, 6) AS active_ms,
    user_id, agent, agent_version, originator, environment, host, service_name, parent_conversation_id, end_time,
    mcp_calls, mcp_servers, approval_policy, sandbox_policy, reasoning_effort,
    input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens,
    unpriced_calls, cost_nanousd, list_cost_nanousd, reported_cost_nanousd, evidence,
    team, project, repository, branch, cost_center
FROM conversations
ORDER BY DATE_TRUNC('microsecond', start_time), conversation_id

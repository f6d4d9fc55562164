-- title: Edits
-- answers: which edits were accepted and which rejected, by tool, language and who decided
-- parameters: since, until, agent, model, conversation, user, environment
-- by: agent, tool, language, decision_source, day, hour, version, conversation, user, environment, originator, terminal
-- rank: decisions
-- columns:
--   agent           text   agent
--   tool_name       text   tool that edits
--   language        text   programming language
--   decisions       double decisions on edits
--   accepted        double of these: accepted
--   rejected        double of these: rejected
--   acceptance_rate double accepted / (accepted + rejected)
--   by_people       double decisions whose source is a person
SELECT
    /*by*/ agent, tool_name, language /*end*/,
    SUM(amount) AS decisions,
    SUM(CASE WHEN decision LIKE 'accept%' OR decision LIKE 'approve%' THEN amount ELSE 0.0 END) AS accepted,
    SUM(CASE WHEN decision LIKE 'reject%' OR decision LIKE 'den%' THEN amount ELSE 0.0 END) AS rejected,
    SUM(CASE WHEN decision LIKE 'accept%' OR decision LIKE 'approve%' THEN amount ELSE 0.0 END)
        / NULLIF(SUM(CASE WHEN decision LIKE 'accept%' OR decision LIKE 'approve%' OR decision LIKE 'reject%' OR decision LIKE 'den%' THEN amount ELSE 0.0 END), 0.0)
        AS acceptance_rate,
    SUM(CASE WHEN decision_source LIKE 'user%' THEN amount ELSE 0.0 END) AS by_people
FROM activities
WHERE kind = 'edit_decision'
GROUP BY /*by*/ agent, tool_name, language /*end*/
ORDER BY /*by*/ agent, tool_name, language /*end*/

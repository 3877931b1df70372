{#-
    Stops with a sentence that names the file, the place in the rule tree and what is allowed.
    context: see rule_context; path: e.g. rule.all[2].not; allowed: list of words, none for no list.
-#}
{% macro rule_error(context, path, problem, allowed=none) -%}
    {%- set hint = '' if allowed is none else '; allowed: ' ~ allowed | join(', ') -%}
    {{ exceptions.raise_compiler_error(context.file ~ ': ' ~ path ~ ': ' ~ problem ~ hint ~ '.') }}
{%- endmacro %}


{#- Stops at the first key of a mapping that is not allowed there. -#}
{% macro rule_keys(context, node, path, allowed) -%}
    {%- for key in node if key not in allowed -%}
        {%- do cdp.rule_error(context, path, "'" ~ key ~ "' is no key here", allowed) -%}
    {%- endfor -%}
{%- endmacro %}

{#-
    What the compilation of one rule carries along.

    name: the segment; file: where it stands, for errors; prefix: goes before the names of its facts,
    so that several rules fit in one statement.
    facts: what is counted for it in tables other than profiles, {name, sql, columns};
    evidence: {key: SQL expression} of the values it looks at; hidden: those keys of which only is said
    that there is a value, since the contract calls them personal (meta.pii); inside: the segments being compiled.
    reads: false where only the evidence is asked for, so that the SQL names no relation.
-#}
{% macro rule_context(name, file, prefix='', reads=true) -%}
    {{ return({
        'name': name,
        'file': file,
        'prefix': prefix,
        'facts': [],
        'evidence': {},
        'hidden': [],
        'inside': [name],
        'reads': reads,
    }) }}
{%- endmacro %}


{#- A model as the rule's SQL names it. -#}
{% macro rule_relation(context, model_name) -%}
    {{ return(ref(model_name) if context.reads else model_name) }}
{%- endmacro %}

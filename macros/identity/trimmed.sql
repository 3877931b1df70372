{#-
    A text without what cannot be seen at its ends: spaces, tabs and line ends of any script, and the
    marks of width and direction that spreadsheets and chats copy along. Plain trim() cuts spaces alone
    on PostgreSQL and spaces of some scripts on DuckDB.

    text: expression.
-#}
{% macro trimmed(text) -%}
    trim({{ text }}, {% for code in [
        9, 10, 11, 12, 13, 32, 133, 160, 5760, 8192, 8193, 8194, 8195, 8196, 8197, 8198, 8199, 8200,
        8201, 8202, 8203, 8204, 8205, 8206, 8207, 8232, 8233, 8234, 8235, 8236, 8237, 8238, 8239,
        8287, 8288, 12288, 65279,
    ] -%}
    {{ ' || ' if not loop.first }}chr({{ code }})
    {%- endfor %})
{%- endmacro %}

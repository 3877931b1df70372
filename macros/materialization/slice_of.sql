{#-
    A condition that holds for a slice of the rows while a table is made slice by slice, and for all
    of them anywhere else (a view, a unit test, compiled SQL that somebody runs by hand).

    column: a text of the model whose last two characters are evenly spread hex digits, as those of a
    key are; null, and what is no hex digit, counts as zero. What one result row is made of has to be
    in one slice.

    The table that this is for says which models' rows count, in meta.sliced_by, and var
    rows_per_slice how many of them a slice has at most; default__get_create_table_as_sql puts the
    slices in.
-#}
{% macro slice_of(column) -%}
true /* a slice of {{ column }} */
{%- endmacro %}

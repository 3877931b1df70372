{#-
    A statement that makes what edit_distance calls, where the engine has no such function: on PostgreSQL
    a function in schema identity, the whole table of distances row by row, since names are short. A
    pre-hook of the first model that compares texts.
-#}
{% macro create_edit_distance() -%}
    {{ return(adapter.dispatch('create_edit_distance', 'cdp')()) }}
{%- endmacro %}

{% macro default__create_edit_distance() -%}
    {{ exceptions.raise_compiler_error('create_edit_distance is not implemented for ' ~ target.type) }}
{%- endmacro %}

{% macro duckdb__create_edit_distance() -%}
{%- endmacro %}

{% macro postgres__create_edit_distance() -%}
    create or replace function {{ generate_schema_name('identity') }}.edit_distance(one varchar, other varchar)
    returns integer language plpgsql immutable strict parallel safe as $body$
    declare
        letters constant varchar[] := string_to_array(other, null);
        width constant integer := length(other);
        above integer[];
        here integer[];
        letter varchar;
        best integer;
    begin
        for place in 0..width loop
            above[place] := place;
        end loop;
        for line in 1..length(one) loop
            letter := substr(one, line, 1);
            here[0] := line;
            for place in 1..width loop
                best := above[place - 1] + case when letters[place] = letter then 0 else 1 end;
                if above[place] + 1 < best then best := above[place] + 1; end if;
                if here[place - 1] + 1 < best then best := here[place - 1] + 1; end if;
                here[place] := best;
            end loop;
            above := here;
        end loop;
        return above[width];
    end
    $body$
{%- endmacro %}

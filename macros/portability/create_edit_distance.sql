{#-
    A statement that makes what edit_distance calls, where the engine has no such function: on PostgreSQL
    a function in schema identity. A pre-hook of the first model that compares texts.
-#}
{% macro create_edit_distance() -%}
    {{ return(adapter.dispatch('create_edit_distance', 'cdp')()) }}
{%- endmacro %}

{% macro default__create_edit_distance() -%}
    {{ exceptions.raise_compiler_error('create_edit_distance is not implemented for ' ~ target.type) }}
{%- endmacro %}

{% macro duckdb__create_edit_distance() -%}
{%- endmacro %}

{#- The table of distances row by row, of each row only the five cells that at most two edits can reach;
    it stops at a row in which none can, after three letters for most pairs of names. #}
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
        nearest integer;
    begin
        for place in 0..least(2, width) loop
            above[place] := place;
        end loop;
        for line in 1..length(one) loop
            letter := substr(one, line, 1);
            nearest := 99;
            for place in greatest(line - 2, 0)..least(line + 2, width) loop
                if place = 0 then
                    best := line;
                else
                    best := above[place - 1] + case when letters[place] = letter then 0 else 1 end;
                    if place < line + 2 and above[place] + 1 < best then best := above[place] + 1; end if;
                    if place > line - 2 and here[place - 1] + 1 < best then best := here[place - 1] + 1; end if;
                end if;
                here[place] := best;
                if best < nearest then nearest := best; end if;
            end loop;
            if nearest > 2 then return 99; end if;
            above := here;
        end loop;
        return above[width];
    end
    $body$
{%- endmacro %}

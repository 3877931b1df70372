{#-
    The letters of a name in the one form in which names are counted: how many people use this card?
    Case, accents, spaces and punctuation do not matter, and the German spellings with e (Mueller)
    fall together with the umlauts: a key to compare, no name to show.

    text: expression. Capitals of other scripts are mapped here because lower() knows them only under
    some collations.
-#}
{% macro folded_letters(text) -%}
    {%- set state = namespace(text="translate(" ~ text ~ ", ' .,''’`´-_', '')") -%}
    {%- for marked, plain in [
        ('àÀáÁâÂãÃäÄåÅāĀăĂąĄçÇćĆčČďĎđĐèÈéÉêÊëËēĒėĖęĘěĚğĞìÌíÍîÎïÏīĪıİłŁ', 'aaaaaaaaaaaaaaaaaaccccccddddeeeeeeeeeeeeeeeeggiiiiiiiiiiiill'),
        ('ñÑńŃňŇòÒóÓôÔõÕöÖøØōŌőŐřŘśŚšŠşŞťŤţŢùÙúÚûÛüÜūŪůŮűŰýÝÿŸźŹżŻžŽ', 'nnnnnnoooooooooooooooorrssssssttttuuuuuuuuuuuuuuyyyyzzzzzz'),
        ('АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩ', 'абвгдежзийклмнопрстуфхцчшщъыьэюяαβγδεζηθικλμνξοπρστυφχψω'),
    ] -%}
        {%- set state.text = "translate(" ~ state.text ~ ", '" ~ marked ~ "', '" ~ plain ~ "')" -%}
    {%- endfor -%}
    {%- set state.text = "lower(" ~ state.text ~ ")" -%}
    {%- for pair, letters in [
        ('ß', 'ss'), ('æ', 'a'), ('Æ', 'a'), ('œ', 'o'), ('Œ', 'o'), ('ae', 'a'), ('oe', 'o'), ('ue', 'u'),
    ] -%}
        {%- set state.text = "replace(" ~ state.text ~ ", '" ~ pair ~ "', '" ~ letters ~ "')" -%}
    {%- endfor -%}
    {{ state.text }}
{%- endmacro %}

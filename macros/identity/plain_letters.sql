{#-
    A text in lower-case Latin letters: accents off, Cyrillic and Greek spelt in Latin, everything else
    as it stands. Capitals of other scripts are mapped here because lower() knows them only under some
    collations.

    text: expression. Scripts without a letter-by-letter spelling (Arabic, Chinese ...) stay as they are.
-#}
{% macro plain_letters(text) -%}
    {%- set state = namespace(text=cdp.composed(text)) -%}
    {%- for marked, plain in [
        ('àÀáÁâÂãÃäÄåÅāĀăĂąĄçÇćĆčČďĎđĐèÈéÉêÊëËēĒėĖęĘěĚğĞìÌíÍîÎïÏīĪıİłŁ', 'aaaaaaaaaaaaaaaaaaccccccddddeeeeeeeeeeeeeeeeggiiiiiiiiiiiill'),
        ('ñÑńŃňŇòÒóÓôÔõÕöÖøØōŌőŐřŘśŚšŠşŞťŤţŢùÙúÚûÛüÜūŪůŮűŰýÝÿŸźŹżŻžŽ', 'nnnnnnoooooooooooooooorrssssssttttuuuuuuuuuuuuuuyyyyzzzzzz'),
        ('АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩΆΈΉΊΌΎΏ', 'абвгдеёжзийклмнопрстуфхцчшщъыьэюяαβγδεζηθικλμνξοπρστυφχψωάέήίόύώ'),
        ('абвгдеёзийклмнопрстуфыэαβγδεζηικλμνξοπρσςτυφωάέήίόύώъь', 'abvgdeeziyklmnoprstufyeavgdeziiklmnxoprsstyfoaeiioyo'),
    ] -%}
        {%- set state.text = "translate(" ~ state.text ~ ", '" ~ marked ~ "', '" ~ plain ~ "')" -%}
    {%- endfor -%}
    {%- set state.text = "lower(" ~ state.text ~ ")" -%}
    {%- for letter, letters in [
        ('ß', 'ss'), ('æ', 'ae'), ('Æ', 'ae'), ('œ', 'oe'), ('Œ', 'oe'), ('þ', 'th'), ('Þ', 'th'), ('ð', 'd'), ('Ð', 'd'),
        ('ж', 'zh'), ('х', 'kh'), ('ц', 'ts'), ('ч', 'ch'), ('ш', 'sh'), ('щ', 'shch'), ('ю', 'yu'), ('я', 'ya'),
        ('θ', 'th'), ('χ', 'ch'), ('ψ', 'ps'),
    ] -%}
        {%- set state.text = "replace(" ~ state.text ~ ", '" ~ letter ~ "', '" ~ letters ~ "')" -%}
    {%- endfor -%}
    case
        {#- Most texts are ASCII, and the way below takes ten times as long. #}
        when {{ cdp.byte_length(text) }} = length({{ text }}) then lower({{ text }})
        else {{ state.text }}
    end
{%- endmacro %}

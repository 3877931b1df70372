{#- Each destination's hashing gives what its own documentation publishes, and never hashes an
    empty text. Any row is a difference. -#}
{%- set cases = [
    ('meta', 'email', ' John_Smith@gmail.com ', '62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f'),
    ('meta', 'phone', '+1 (650)555-1212', 'e323ec626319ca94ee8bff2e4c87cf613be6ea19919ed1364124e16807ab3176'),
    ('meta', 'phone', '001 (650)555-1212', 'e323ec626319ca94ee8bff2e4c87cf613be6ea19919ed1364124e16807ab3176'),
    ('meta', 'first_name', 'Mary', '6915771be1c5aa0c886870b6951b03d7eafc121fea0e80a5ea83beb7c449f4ec'),
    ('meta', 'first_name', 'Valéry.', '08e1996b5dd49e62a4b4c010d44e4345592a863bb9f8e3976219bac29417149c'),
    ('meta', 'last_name', '정', '8fa8cd9c440be61d0151429310034083132b35975c4bea67fdd74158eb51db14'),
    ('meta', 'country', 'US', '79adb2a2fce5c6ba215fe5f27f532d4e7edbac4b6a5e09e1ef3a08084a904621'),
    ('meta', 'email', '   ', none),
    ('meta', 'phone', 'none', none),
    ('google', 'email', '  ALEXZ@example.com   ', '509e933019bb285a134a9334b8bb679dff79d0ce023d529af4bd744d47b4fd8a'),
    ('google', 'email', 'Jefferson.Loves.hiking+x@gmail.com', '515d2f967f73864e76937ab2b897210a86fd286016903b1b08c3da07c75f513e'),
    ('google', 'email', '...@gmail.com', none),
    ('google', 'email', 'two@at@example.com', none),
    ('google', 'phone', '1-800-555-0100   ', 'fb4f73a6ec5fdb7077d564cdd22c3554b43ce49168550c3b12c547b78c517b30'),
    ('google', 'first_name', '  GivenName  ', '128a07bfe2df877c52076e60d7774cf5baaa046c5a6c48daf30ff43ecca2f814'),
    ('google', 'last_name', '  FamilyName ', '77762c287e61ce065bee5c15464012c6fbe088398b8057627d5577249430d574'),
    ('google', 'postcode', ' 94035 ', '94035'),
    ('snap', 'phone', '+1 650 555 1212', 'e323ec626319ca94ee8bff2e4c87cf613be6ea19919ed1364124e16807ab3176'),
    ('linkedin', 'email', 'John_Smith@gmail.com', '62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f'),
] -%}
with

cases as (

    {% for destination, field, text, expected in cases %}
    {{ 'union all' if not loop.first }}
    select
        '{{ destination }} {{ field }} {{ text }}' as case_name,
        {{ cdp.hashed_for(destination, field, "cast('" ~ text ~ "' as varchar)") }} as actual,
        cast({{ "'" ~ expected ~ "'" if expected else 'null' }} as varchar) as expected
    {% endfor %}

),

-- normalised texts that have no published hash
normalised as (

    select
        'meta city' as case_name,
        {{ cdp.normalised_for('meta', 'city', "cast('New York' as varchar)") }} as actual,
        cast('newyork' as varchar) as expected
    union all
    select
        'meta postcode us' as case_name,
        {{ cdp.normalised_for('meta', 'postcode', "cast('94035-1234' as varchar)") }} as actual,
        cast('94035' as varchar) as expected
    union all
    select
        'meta postcode uk' as case_name,
        {{ cdp.normalised_for('meta', 'postcode', "cast('M1 1AE' as varchar)") }} as actual,
        cast('m11ae' as varchar) as expected
    union all
    select
        'meta birth month' as case_name,
        {{ cdp.normalised_for('meta', 'birth_month', "cast('2' as varchar)") }} as actual,
        cast('02' as varchar) as expected

),

differences as (

    select
        case_name,
        actual,
        expected
    from cases
    union all
    select
        case_name,
        actual,
        expected
    from normalised

),

final as (

    select
        case_name,
        actual,
        expected
    from differences
    where coalesce(actual, '') <> coalesce(expected, '')

)

select * from final

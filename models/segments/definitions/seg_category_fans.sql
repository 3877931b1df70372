{% call cdp.segment() %}
description: People who lean to one category clearly, on enough evidence; top_category_name says which.
owner: lifecycle-marketing@example.com
purpose: marketing
expected_share: [0.0, 0.6]
rule:
  all:
    - {attribute: top_category_name, is_known: true}
    - has: affinity
      where:
        - {attribute: dimension_code, is: category}
        # two fifths of the taste, shrunk towards everybody's, on ten signs of it
        - {attribute: affinity_score, at_least: 0.4}
        - {attribute: evidence_count, at_least: 10}
{% endcall %}

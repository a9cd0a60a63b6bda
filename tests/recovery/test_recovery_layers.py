"""Layers of a plan: RFC 7396, and the way back."""

import pytest

from recovery.layers import difference, laid, of_service


@pytest.mark.parametrize(
    ("beneath", "upper", "expected"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        ({"a": "b"}, {"a": {"b": {"c": None}}}, {"a": {"b": {}}}),
    ],
    ids=str,
)
def test_layers_are_laid_as_the_rfc_lays_them(beneath, upper, expected):
    assert laid(beneath, upper) == expected


@pytest.mark.parametrize(
    ("beneath", "wanted", "patch"),
    [
        ({"a": 1, "b": 2}, {"a": 1}, {"b": None}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}}, {"a": {"c": 3}}),
        ({"a": {"b": 1}}, {"a": {"b": 1}}, {}),
        ({"a": 1}, {"a": {"b": 1}}, {"a": {"b": 1}}),
        ({}, {"a": {}}, {"a": {}}),
        ({"a": {"b": 1}}, {"a": [1]}, {"a": [1]}),
        ({"a": False}, {"a": False, "b": False}, {"b": False}),
    ],
    ids=str,
)
def test_a_difference_says_what_is_not_beneath_and_leads_to_what_is_wanted(beneath, wanted, patch):
    assert difference(beneath, wanted) == patch
    assert laid(beneath, patch) == wanted


def test_a_request_is_of_one_service():
    request = {"source": {"region": "r", "ec2": {}, "rds": {}}, "options": {"dryRun": False}}

    assert of_service(request, "rds") == {
        "source": {"region": "r", "rds": {}},
        "options": {"dryRun": False},
    }

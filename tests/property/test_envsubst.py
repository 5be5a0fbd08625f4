"""Properties of the variable dialect over arbitrary text."""

from hypothesis import given
from hypothesis import strategies as st

from capyctl.core.envsubst import EnvsubstError, find_variables, substitute

NAMES = st.sampled_from(["A", "B", "LONG_NAME", "x1"])
PIECES = st.lists(
    st.one_of(
        st.text(max_size=6),
        st.sampled_from(
            ["${", "}", "$", "$$", ":-", ":=", "/", "#", "%", ":", "A", "\\", "[", "*", " ", "\n"]
        ),
    ),
    max_size=12,
).map("".join)


def failure(text: str, values: dict[str, str]) -> EnvsubstError | None:
    try:
        find_variables(text)
        substitute(text, values.get)
    except EnvsubstError as error:
        return error
    return None


@given(PIECES, st.dictionaries(NAMES, st.text(max_size=5)))
def test_reading_fails_with_a_place_inside_the_text_or_not_at_all(text: str, values: dict[str, str]) -> None:
    error = failure(text, values)
    if error is not None:
        line = text.split("\n")[error.line - 1]
        assert line[error.column - 1 :].startswith("${")


@given(st.text())
def test_text_without_dollars_is_unchanged(text: str) -> None:
    text = text.replace("$", "")
    assert substitute(text, dict[str, str]().get) == text
    assert find_variables(text) == ()


@given(st.text(), NAMES, st.text(min_size=1, max_size=8))
def test_a_value_is_put_in_as_it_is(before: str, name: str, value: str) -> None:
    before = before.replace("$", "")
    assert substitute(f"{before}${{{name}}}{before}", {name: value}.get) == before + value + before


@given(PIECES)
def test_only_listed_variables_are_asked_for_at_the_outermost_level(text: str) -> None:
    asked = set()

    def lookup(name: str) -> str | None:
        asked.add(name)
        return None

    if failure(text, {}) is None:
        found = find_variables(text)
        substitute(text, lookup)
        if text.count("${") == len(found):
            assert asked == {item.name for item in found}


@given(NAMES, st.text(max_size=8), st.text(max_size=8))
def test_a_default_steps_in_for_an_empty_value(name: str, value: str, default: str) -> None:
    default = default.replace("$", "").replace("}", "")
    result = substitute(f"${{{name}:-{default}}}", {name: value}.get)
    assert result == (value or default)

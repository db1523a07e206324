import pytest
from hypothesis import given
from hypothesis import strategies as st

from rigprov.apply.batches import batches, sizes
from rigprov.errors import UsageError

TEN = tuple("abcdefghij")


@pytest.mark.parametrize(
    ("serial", "hosts", "expected"),
    [
        ("1", "abc", ["a", "b", "c"]),
        ("2", "abcde", ["ab", "cd", "e"]),
        ("9", "abc", ["abc"]),
        ("25%", TEN, ["ab", "cd", "ef", "gh", "ij"]),  # 2.5, rounded down as Ansible does
        ("5%", "abc", ["a", "b", "c"]),  # never none
        ("100%", "abc", ["abc"]),
        ("1,5,20%", TEN, ["a", "bcdef", "gh", "ij"]),  # a share is of all hosts, the last size counts on
        (" 1 , 50% ", TEN, ["a", "bcdef", "ghij"]),
        ("1,5", "", []),
    ],
)
def test_batches(serial, hosts, expected):
    assert batches(list(hosts), sizes(serial)) == tuple(tuple(batch) for batch in expected)


@pytest.mark.parametrize("serial", ["", "0", "0%", "-1", "101%", "%", "1,", "1,,2", "many", "1.5", "1;2", "²"])
def test_what_is_no_size_is_told(serial):
    with pytest.raises(UsageError, match="is no size of a batch") as caught:
        sizes(serial)
    assert "25%" in str(caught.value.hint)


@given(st.lists(st.integers(), unique=True, max_size=60), st.lists(st.sampled_from(["1", "3", "7%", "50%", "100%"]), min_size=1))
def test_each_host_is_in_one_batch_and_in_its_place(hosts, words):
    made = batches([str(host) for host in hosts], sizes(",".join(words)))
    assert [host for batch in made for host in batch] == [str(host) for host in hosts]
    assert all(made)

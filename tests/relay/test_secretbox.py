"""Secrets at rest."""

import multiprocessing
import os
import pickle
import stat

import pytest
from relay.secretbox import KEY_FILE, SecretBox, SecretBoxError, load_key


def key_in(folder):
    return load_key(None, None, str(folder))


def test_round_trip():
    box = SecretBox("MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=")
    for plain in ("whsec_abc", "", "pässwörd ✓"):
        sealed = box.encrypt(plain)
        assert box.decrypt(sealed) == plain
        assert not plain or plain not in sealed
    assert box.encrypt("same") != box.encrypt("same")


def test_another_key_says_what_to_do(tmp_path):
    sealed = SecretBox(key_in(tmp_path / "a")).encrypt("top secret")
    with pytest.raises(SecretBoxError, match="enter the secret again") as caught:
        SecretBox(key_in(tmp_path / "b")).decrypt(sealed)
    assert "top secret" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("damaged", ["", "x", "ünicode", None, "gAAAAAB"])
def test_damaged_texts(tmp_path, damaged):
    with pytest.raises(SecretBoxError):
        SecretBox(key_in(tmp_path)).decrypt(damaged)


@pytest.mark.parametrize("key", ["short", "", "ü" * 44, "A" * 43])
def test_bad_keys_are_not_repeated(key):
    with pytest.raises(SecretBoxError, match="Fernet key") as caught:
        SecretBox(key)
    assert not key or key not in str(caught.value)


def test_nothing_leaks(tmp_path):
    key = key_in(tmp_path)
    box = SecretBox(key)
    assert key not in repr(box)
    with pytest.raises(TypeError):
        pickle.dumps(box)


def test_where_the_key_comes_from(tmp_path):
    assert load_key(" conf ", "env", str(tmp_path)) == "conf"
    assert load_key("", "env", str(tmp_path)) == "env"
    assert load_key(None, {"LOGISTICS_SECRET_KEY": "env"}, str(tmp_path)) == "env"
    assert not (tmp_path / KEY_FILE).exists()
    made = load_key(None, {}, str(tmp_path / "new"))
    assert load_key(False, "", str(tmp_path / "new")) == made
    path = tmp_path / "new" / KEY_FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)
    assert load_key(None, None, str(tmp_path / "new")) == made
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_many_processes_at_once_make_one_key(tmp_path):
    context = multiprocessing.get_context("fork")
    with context.Pool(8) as pool:
        keys = pool.map(key_in, [tmp_path] * 40)
    assert len(set(keys)) == 1
    assert os.listdir(tmp_path) == [KEY_FILE]


def test_unusable_folder_says_what_to_do(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SecretBoxError, match=r"odoo\.conf"):
        load_key(None, None, str(tmp_path / "file"))


def test_several_keys_and_their_order():
    old, new = ("MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXphYmNkZWY=")
    sealed = SecretBox(old).encrypt("geheim")
    both = SecretBox(f"{new},{old}")
    assert both.decrypt(sealed) == "geheim"
    assert SecretBox(new).decrypt(both.encrypt("x")) == "x", "the first one encrypts"
    assert SecretBox(f"{old},{new}").renew(sealed) == sealed
    assert SecretBox(new).decrypt(both.renew(sealed)) == "geheim"
    with pytest.raises(SecretBoxError, match="enter the secret again"):
        SecretBox(new).renew(sealed)
    assert SecretBox(f" {new} , {old} ,").decrypt(sealed) == "geheim"


@pytest.mark.parametrize("key", [",", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=,short", None, 7])
def test_one_bad_key_spoils_the_list(key):
    with pytest.raises(SecretBoxError, match="Fernet key"):
        SecretBox(key)

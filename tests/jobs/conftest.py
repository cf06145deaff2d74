import pytest
from django.contrib.auth import get_user_model


def _user(name):
    user = get_user_model()(username=name)
    user.save()
    return user


@pytest.fixture
def owner(db):
    return _user("the owner")


@pytest.fixture
def stranger(db):
    return _user("a stranger")

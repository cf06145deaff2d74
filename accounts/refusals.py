"""How accounts say no, beyond the family's common words."""

from cloudbox.errors import AccessDenied, Conflict, NotAuthenticated, NotFound, Refusal


class UsernameTaken(Conflict):
    """Somebody has that username, or one that looks like it. `field` is `username`."""

    code = "username_taken"
    title = "Somebody has that username already."

    def __init__(self) -> None:
        super().__init__(field="username")


class EmailTaken(Conflict):
    """Somebody has that e-mail address. `field` is `email`."""

    code = "email_taken"
    title = "Somebody has that e-mail address already."

    def __init__(self) -> None:
        super().__init__(field="email")


class RegistrationClosed(AccessDenied):
    """This server takes no new accounts except from its staff."""

    code = "registration_closed"
    title = "Registration is closed on this server."


class AlreadyMember(Conflict):
    """Somebody is in the team already."""

    code = "already_member"
    title = "They are in the team already."


class OwnerStays(Conflict):
    """The owner of a team cannot leave it, be removed or take a lower role; another one must own it first."""

    code = "owner_stays"
    title = "A team has an owner. Make another member its owner first."


class TeamFull(Conflict):
    """The team has as many members as a team may have; `most` is how many."""

    code = "team_full"
    title = "The team has as many members as a team may have."


class TooManyTeams(Conflict):
    """Somebody owns as many teams as one may; `most` is how many."""

    code = "too_many_teams"
    title = "Nobody may own more teams than that."


class OwnsTeams(Conflict):
    """An account that owns teams cannot be closed; `teams` are their names."""

    code = "owns_teams"
    title = "The account owns teams. Hand them over or delete them first."


class InvitationEnded(NotFound):
    """The invitation was answered, withdrawn or replaced, it has expired, or there never was one."""

    code = "invitation_ended"
    title = "This invitation does not count (any more). Ask for another."


class WrongCredentials(NotAuthenticated):
    """The name or the password is wrong: which of them is not told."""

    code = "wrong_credentials"
    title = "The name or the password is wrong."


class TokenRefused(NotAuthenticated):
    """The token is malformed, forged, expired, of another kind, or its session has ended."""

    code = "token_refused"
    title = "The token does not count (any more). Sign in again."


class SignInAgain(NotAuthenticated):
    """To do this without the password, one must have signed in within the last minutes."""

    code = "sign_in_again"
    title = "Sign in again to do this, or send the present password."


class OAuthDenied(Refusal):
    """Somebody said no at the provider, or the provider to them."""

    code = "oauth_denied"
    title = "The provider was not allowed to say who you are."


class OAuthRefused(Refusal):
    """The state is forged, used, too old or another one's, or the provider does not take the code. Begin again."""

    code = "oauth_refused"
    title = "This sign-in does not count (any more). Begin again."


class ProviderEmailUnverified(Refusal):
    """The provider has not verified the person's address, and does without."""

    code = "provider_email_unverified"
    title = "The provider has not verified your e-mail address. Do that there, and begin again."


class ProviderUnavailable(Refusal):
    """The provider does not answer, or answers what cannot be used. `provider` is its name for people."""

    code = "provider_unavailable"
    status = 502
    title = "The provider does not answer as it should just now."

    def __init__(self, provider: str) -> None:
        super().__init__(f"{provider} does not answer as it should just now. Try again later.", provider=provider)


class IdentityTaken(Conflict):
    """The identity at the provider is linked to another account."""

    code = "identity_taken"
    title = "That identity signs in to another account."


class LastWayIn(Conflict):
    """Without a password this identity is the only way to sign in, so it stays."""

    code = "last_way_in"
    title = "Without it you could not sign in any more. Set a password or link another identity first."


class CsrfFailed(AccessDenied):
    """A browser's session may change things only from our own pages, with the CSRF token in its header."""

    code = "csrf_failed"
    title = "The request does not carry this site's CSRF token."


class AccountSuspended(NotAuthenticated):
    """The password is right, but the staff has suspended the account."""

    code = "account_suspended"
    title = "This account is suspended. Ask the staff of this server."


class KeyNotEnough(AccessDenied):
    """The access key does not go so far, whatever its user may do. `missing` are the scopes that it lacks, if any."""

    code = "key_not_enough"
    title = "The access key does not go so far."


class CodeNeeded(NotAuthenticated):
    """The password is right, and the account has two-factor: a code is needed, too.

    `challenge` goes back with the code; it is for the form that asks, and never part of the answer.
    """

    code = "code_needed"
    title = "This account has two-factor. Sign in where you can give a code, or use an access key."

    def __init__(self, challenge: str) -> None:
        self.challenge = challenge
        super().__init__()


class WrongCode(NotAuthenticated):
    """The code of the second factor is wrong, too old, or was used before."""

    code = "wrong_code"
    title = "The code is wrong, too old, or was used before."


class ChallengeRefused(NotAuthenticated):
    """The challenge of a sign-in is forged, too old, used, or has seen too many wrong codes."""

    code = "challenge_refused"
    title = "Sign in with your password again: this took too long, or there were too many wrong codes."


class TwoFactorIsOn(Conflict):
    """The account has two-factor already."""

    code = "two_factor_is_on"
    title = "Two-factor is on already. Turn it off first."


class TwoFactorIsOff(Conflict):
    """The account has no two-factor, or its setup was not begun."""

    code = "two_factor_is_off"
    title = "Two-factor is not on. Set it up first."


class LinkRefused(Refusal):
    """The link's secret is wrong, was used, has expired, or a newer link has taken its place."""

    code = "link_refused"
    title = "The link does not count (any more). Ask for a new one."

"""The audit log is only ever added to: the database itself refuses the rest.

An entry may get its place in the chain once, and either of its halves that tell a person may be emptied.
TRUNCATE is left to the owner of the database, who could drop the triggers as well; `verify_audit` finds it.
"""

from django.db import migrations

GUARD = """
CREATE FUNCTION activity_guard_entry() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    allowed activity_auditentry := OLD;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.seq IS NULL THEN
            allowed.seq := NEW.seq;
        END IF;
        IF NEW.actor_salt = '' THEN
            allowed.actor_salt := ''; allowed.actor_label := ''; allowed.address := ''; allowed.agent := '';
        END IF;
        IF NEW.target_salt = '' THEN
            allowed.target_salt := ''; allowed.target_label := ''; allowed.facts := '{}';
        END IF;
        IF NEW IS NOT DISTINCT FROM allowed THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION activity_guard_seal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON activity_auditentry
    FOR EACH ROW EXECUTE FUNCTION activity_guard_entry();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON activity_seal
    FOR EACH ROW EXECUTE FUNCTION activity_guard_seal();
"""

UNGUARD = """
DROP TRIGGER append_only ON activity_auditentry;
DROP TRIGGER append_only ON activity_seal;
DROP FUNCTION activity_guard_entry();
DROP FUNCTION activity_guard_seal();
"""


class Migration(migrations.Migration):
    dependencies = [("activity", "0001_initial")]
    operations = [migrations.RunSQL(GUARD, UNGUARD)]

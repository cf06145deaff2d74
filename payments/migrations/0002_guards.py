"""Money that moved is only ever added to, and every transaction of the ledger sums to zero: the database says so.

TRUNCATE is left to the owner of the database, who could drop the triggers as well.
"""

from django.db import migrations

APPEND_ONLY = [
    "payments_payment",
    "payments_ledgertransaction",
    "payments_ledgerentry",
    "payments_receipt",
    "payments_step",
]

GUARD = """
CREATE FUNCTION payments_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION payments_must_balance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wanted bigint := CASE TG_TABLE_NAME WHEN 'payments_ledgerentry' THEN (to_jsonb(NEW)->>'transaction_id')::bigint
                                        ELSE (to_jsonb(NEW)->>'id')::bigint END;
    entries bigint; balance numeric;
BEGIN
    SELECT count(*), coalesce(sum(amount_minor), 0) INTO entries, balance
      FROM payments_ledgerentry WHERE transaction_id = wanted;
    IF entries < 2 OR balance <> 0 THEN
        RAISE EXCEPTION 'transaction % of the ledger has % entries that sum to %', wanted, entries, balance
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER balanced AFTER INSERT ON payments_ledgerentry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payments_must_balance();
CREATE CONSTRAINT TRIGGER balanced AFTER INSERT ON payments_ledgertransaction
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payments_must_balance();
""" + "".join(
    f"""
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION payments_refuse_change();
"""
    for table in APPEND_ONLY
)

UNGUARD = "".join(f"DROP TRIGGER append_only ON {table};\n" for table in APPEND_ONLY) + """
DROP TRIGGER balanced ON payments_ledgerentry;
DROP TRIGGER balanced ON payments_ledgertransaction;
DROP FUNCTION payments_refuse_change();
DROP FUNCTION payments_must_balance();
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_initial")]
    operations = [migrations.RunSQL(GUARD, UNGUARD)]

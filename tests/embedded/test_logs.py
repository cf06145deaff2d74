"""The one log of all processes."""

from cloudbox.embedded import logs


def test_the_log_is_rotated_and_keeps_so_many_files(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(logs, "BYTES", 2000)
    log = logs.Log(tmp_path)
    for number in range(300):
        log.write("web", f"line {number}")
    log.close()

    files = sorted(path.name for path in tmp_path.iterdir())
    assert files == ["cloudbox.log", *(f"cloudbox.log.{number}" for number in range(1, logs.FILES + 1))]
    assert max(path.stat().st_size for path in tmp_path.iterdir()) <= 2000
    assert "web      | line 299\n" in (tmp_path / "cloudbox.log").read_text()


def test_a_line_cannot_make_the_terminal_lie(tmp_path, capsys):
    log = logs.Log(tmp_path)
    log.write("web", "name\x1b[2Jof a\x9b2J file")
    log.close()

    assert capsys.readouterr().out == "web      | name?[2Jof a?2J file\n"


def test_only_its_owner_reads_the_log(tmp_path):
    logs.Log(tmp_path).close()

    assert (tmp_path / "cloudbox.log").stat().st_mode & 0o777 == 0o600

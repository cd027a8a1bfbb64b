"""Before `migrate_cashback_tables` changes an instance, a backup of it was made and restored."""

import re
from contextlib import closing
from pathlib import Path

import pytest

from operations.backup.manifest import manifest_path, read_manifest
from tests.cashback.instances import Instances, Story, all_of, tables_of
from tests.engine.content import digest
from tests.processes import Scratch, copy_database, drop_database

pytestmark = [pytest.mark.cashback, pytest.mark.django_db, pytest.mark.xdist_group("backups")]


def test_it_lies_beside_the_instance_under_its_name_and_its_path_is_printed(story: Story):
    [file] = story.instances.saved()
    assert re.fullmatch(r"prod_pre_cashback_\d{8}_\d{6}\.(sqlite3|dump)", file.name)
    assert f"✓ Backup made: {file}\n  restored once as a proof: " in story.ended.out
    assert file.stat().st_mode & 0o077 == 0


def test_it_holds_what_stood_there_before(story: Story):
    [file] = story.instances.saved()
    manifest = read_manifest(file)
    assert manifest.tables.keys() == story.before[1].keys()
    assert (manifest.database, manifest.tables["loan"].rows, manifest.is_partial) == ("prod", 2, False)


def test_a_restore_brings_back_the_state_before_cashback(story: Story, instances: Instances):
    [file] = story.instances.saved()
    prod = instances.add("prod", like=story.prod.url)
    ended = instances.run("restore_database", str(file), "--database", "prod", "--force")
    assert ended.code == 0, ended.err
    assert digest(prod) == story.before[1]
    assert "or, if it is from before cashback: manage.py migrate_cashback_tables prod,\n" in ended.out


def test_without_an_own_database_it_is_not_recorded_and_none_is_made(story: Story):
    assert "not listed on the page Health" in story.ended.out
    assert not Path(story.instances.own.url.removeprefix("sqlite:///")).exists()


def test_the_installation_records_it_as_verified(story: Story, instances: Instances, prod: Scratch, tmp_path: Path):
    folder = tmp_path / "installation"
    folder.mkdir()
    instances.own.url = copy_database(story.instances.template.url, folder)
    try:
        assert instances.run("migrate_cashback_tables", "prod").code == 0
        [(database, verified)] = instances.own.ask("SELECT database, verified_at IS NOT NULL FROM backup_records")
        assert (database, bool(verified)) == ("prod", True)
    finally:
        drop_database(instances.own.url)


def test_a_name_that_is_taken_gets_a_number(instances: Instances, prod: Scratch):
    ended = instances.run("migrate_cashback_tables", "prod", before=every_name_is_taken)
    assert ended.code == 0, ended.out
    [second] = [file for file in instances.saved() if file.read_bytes() != b"taken"]
    assert re.fullmatch(r"prod_pre_cashback_\d{8}_\d{6}_2", second.stem)
    assert str(second) in ended.out


def every_name_is_taken() -> None:
    """In the child: a file lies at the name of this second, and of the next minute's."""
    from datetime import timedelta

    from django.conf import settings
    from django.db import connections
    from django.utils import timezone

    prod = connections["prod"]
    is_file = prod.vendor == "sqlite"
    folder = Path(prod.settings_dict["NAME"]).parent if is_file else Path(settings.BACKUP_DIR)
    folder.mkdir(exist_ok=True)
    for second in range(60):
        stamp = f"{timezone.localtime(timezone.now() + timedelta(seconds=second)):%Y%m%d_%H%M%S}"
        (folder / f"prod_pre_cashback_{stamp}.{'sqlite3' if is_file else 'dump'}").write_bytes(b"taken")


def test_where_none_can_be_made_nothing_is_changed(instances: Instances, prod: Scratch):
    before = all_of(prod)
    ended = instances.run("migrate_cashback_tables", "prod", before=no_room_for_a_backup)
    assert ended.code == 2
    assert f"✗ prod: {'pg_dump failed' if prod.is_postgres else 'Cannot write'}" in ended.out
    assert (all_of(prod), instances.saved()) == (before, [])


def no_room_for_a_backup() -> None:
    """In the child: no file may grow beyond 100,000 bytes."""
    import resource
    import signal

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))


def test_without_one_it_says_so_loudly(instances: Instances, prod: Scratch):
    ended = instances.run("migrate_cashback_tables", "prod", "--no-backup")
    assert ended.code == 0, ended.out
    assert "! NO BACKUP of prod is taken" in ended.out
    assert instances.saved() == []
    assert "cashback_transaction" in tables_of(prod)


def test_what_others_wrote_after_it_is_told(instances: Instances, prod: Scratch):
    ended = instances.run("migrate_cashback_tables", "prod", before=write_after_the_backup)
    assert ended.code == 0, ended.out
    assert "! Others wrote after the backup was taken: rounds\n" in ended.out
    [file] = instances.saved()
    assert manifest_path(file).exists()


def write_after_the_backup() -> None:
    """In the child: as soon as the backup's manifest is there, somebody else plans a round."""
    from pathlib import Path as AnyPath

    from django.db import connections

    as_ever = AnyPath.replace

    def replace(path: AnyPath, target: AnyPath) -> AnyPath:
        done = as_ever(path, target)
        if "_pre_cashback_" in target.name and target.name.endswith(".json"):
            with closing(connections["prod"].copy()) as other, other.cursor() as cursor:
                cursor.execute("SELECT id FROM tenants")
                tenant = cursor.fetchone()[0]
                cursor.execute(
                    "INSERT INTO rounds (id, tenant_id, name, slots, is_active) VALUES (%s, %s, 'New', '[]', %s)",
                    [tenant, tenant, True],
                )
        return done

    AnyPath.replace = replace

"""Writes deploy/local/kafka/jgo.lock.toml from jgo.toml beside it. Called by `make lock`.

Every jar is downloaded and its SHA-256 written down; no registry address is. Run again without a change, it writes nothing.
"""

from pathlib import Path

from jgo.env import EnvironmentBuilder, EnvironmentSpec, LockFile, compute_spec_hash
from jgo.maven import MavenContext

from wardmote_local.servers.places import cache_folder, kafka_folder


def resolve(spec_file: Path, cache: Path) -> LockFile:
    """The locked jars that ``spec_file`` asks for, sorted by name."""
    spec = EnvironmentSpec.load(spec_file)
    context = MavenContext(repo_cache=cache / "maven", timeout=30)
    asked = EnvironmentBuilder(context=context, cache_dir=cache / "jgo").spec_to_dependencies(spec)
    inputs, others = context.resolver.resolve(asked)
    needed = [*inputs, *(other for other in others if other.scope in ("compile", "runtime"))]
    needed.sort(key=lambda dependency: (dependency.groupId, dependency.artifactId))
    return LockFile.from_resolved_dependencies(needed, environment_name=spec.name, spec_hash=compute_spec_hash(spec_file))


def same(old: LockFile, new: LockFile) -> bool:
    """Whether both lock the same jars for the same jgo.toml; the time they were made does not count."""
    return old.spec_hash == new.spec_hash and [jar.to_dict() for jar in old.dependencies] == [jar.to_dict() for jar in new.dependencies]


def main() -> None:
    lock_file = kafka_folder() / "jgo.lock.toml"
    lock = resolve(kafka_folder() / "jgo.toml", cache_folder())
    if not lock_file.exists() or not same(LockFile.load(lock_file), lock):
        lock.save(lock_file)


if __name__ == "__main__":
    main()

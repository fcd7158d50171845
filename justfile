# Every recipe does its own set-up first; `npx -y rust-just RECIPE` works where just is not installed.

set positional-arguments

dop := "node platform/cli/dop.js"
run := "node platform/cli/project-node.js"
vitest := run + " node_modules/vitest/vitest.mjs run --config tests/vitest.config.ts"

# List the recipes
@_default:
    "{{ just_executable() }}" --justfile "{{ justfile() }}" --list --unsorted

# Start the platform over this repository's defs/
[no-exit-message]
@dev *ARGS: _tools
    {{ dop }} dev "$@"

# Materialize two days of the demo and print what came out
[no-exit-message]
@demo *ARGS: _tools
    {{ dop }} materialize --select "*" --skip-unready --partition 2001-01-01..2001-01-02 "$@"

# Install or update everything, trying again what could not be had before
@sync:
    node platform/cli/setup/sync.js --again

# Format, lint, types and definitions
[no-exit-message]
@check: _packages && types
    node_modules/.bin/biome check .
    {{ dop }} check

# Types alone
[no-exit-message]
@types: _packages
    node_modules/.bin/tsc -p .
    node_modules/.bin/tsc -p platform/server/page

# Run all tests, or those of a path: just test tests/core --coverage
[no-exit-message]
@test *ARGS: _tools
    {{ vitest }} "$@"

# Check, then the tests that start no tools or processes: before every push
[no-exit-message]
@ready *ARGS: check
    {{ vitest }} --exclude '**/*.slow.test.ts' "$@"

# Compare with the reference cases in DOP_CONFORMANCE_DIR
[no-exit-message]
@conformance *ARGS: _packages
    {{ run }} tests/conformance/run.ts "$@"

# The fault tests in their long form; `--seed N` plays one seeded history again, `--histories N --first N` so many
[no-exit-message]
@soak *ARGS: _tools
    {{ run }} tests/faults/soak.ts "$@"

# Measure one question of tests/bench, or all of them
[no-exit-message]
bench NAME='*' *ARGS: _packages
    @name="$1"; shift; for file in tests/bench/$name.bench.ts; do {{ run }} "$file" "$@" || exit; done

# Format, sort imports and apply safe fixes
[no-exit-message]
@fix *ARGS='.': _packages
    node_modules/.bin/biome check --write "$@"

# Write the files that are made from others
[no-exit-message]
@generate: _packages
    {{ dop }} schema

# This repository's dop
[no-exit-message]
@_dop *ARGS: _packages
    {{ dop }} "$@"

@_packages:
    node platform/cli/setup/sync.js --packages

@_tools:
    node platform/cli/setup/sync.js

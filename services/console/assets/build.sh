#!/usr/bin/env bash
# Installs the locked npm packages and builds the console's styles and script. Needs Node 20 or newer.
set -euo pipefail
cd "$(dirname "$0")"
npm ci --no-audit --no-fund --ignore-scripts
npm run --silent build

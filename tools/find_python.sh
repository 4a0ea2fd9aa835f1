#!/bin/sh
# Prints the first Python of 3.11 to 3.13 that can make an environment; says what to do where there is none.
# PYTHON=/path/to/python3.12 chooses another.
seen=""
for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11 python}; do
  version=$("$candidate" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue
  case "$version" in
    3.11 | 3.12 | 3.13) ;;
    *) seen="$seen $candidate is $version;"; continue ;;
  esac
  if "$candidate" -c 'import ensurepip, venv' 2>/dev/null; then
    echo "$candidate"
    exit 0
  fi
  seen="$seen $candidate is $version but has no venv (on Debian and Ubuntu: apt-get install python3-venv);"
done
echo "Tillpoints needs Python 3.11, 3.12 or 3.13, and none was found.${seen:+ Seen:$seen}" >&2
echo "Install one, or name it: make PYTHON=/path/to/python3.12 setup" >&2
exit 1

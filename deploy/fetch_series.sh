#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Fetches every series of an Orthanc into DIR/source, DIR/enhanced, DIR/warning, DIR/input_on_grid, DIR/notice,
# DIR/uncertainty, DIR/flags or DIR/report by what its SeriesDescription starts with.   deploy/fetch_series.sh URL DIR
set -euo pipefail
url=$1
dir=$2
list() { grep -o '"[0-9a-f]\{8\}-[0-9a-f]\{8\}-[0-9a-f]\{8\}-[0-9a-f]\{8\}-[0-9a-f]\{8\}"' | tr -d '"'; }
get() { curl -fsS --max-time 60 "$url$1"; }
for series in $(get /series | list); do
    instances=$(get "/series/$series" | tr -d '\n' | sed 's/.*"Instances" *: *\[\([^]]*\)\].*/\1/' | list)
    first=$(echo "$instances" | head -n1)
    description=$(get "/instances/$first/simplified-tags" | sed -n 's/.*"SeriesDescription" : "\(.*\)".*/\1/p')
    case "$description" in
        "IQT RUO WARNING"*) kind=warning ;;
        "IQT RUO SUMMARY"*) kind=summary ;;
        "IQT RUO INPUT"*) kind=input_on_grid ;;
        "IQT RUO NOTICE"*) kind=notice ;;
        "IQT RUO UNCERTAINTY"*) kind=uncertainty ;;
        "IQT RUO FLAGS"*) kind=flags ;;
        "IQT RUO REPORT"*) kind=report ;;
        "IQT RUO"*) kind=enhanced ;;
        *) kind=source ;;
    esac
    mkdir -p "$dir/$kind"
    for instance in $instances; do
        printf 'url = "%s/instances/%s/file"\noutput = "%s/%s.dcm"\n' "$url" "$instance" "$dir/$kind" "$instance"
    done | curl -fsS --max-time 300 --config -
    echo "$kind: $(echo "$instances" | wc -l) objects  \"$description\""
done

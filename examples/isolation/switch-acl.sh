#!/usr/bin/env bash
# A site command for Cofferdam (docs/isolation.md): keeps an access list on a switch. Needs bash and jq.
#
#   command: [/opt/ir/switch-acl.sh, /var/lib/ir/acl.txt]
#
# The file stands for the switch, so that this can be tried without one. Replace `pull` and `push` by what your switch takes, for example
# `ssh -o BatchMode=yes netops@switch1 show running-config section access-list`; a push must be one atomic change. The list carries the rules
# that it was made of in its first line, so that the switch itself, and no file of ours, says what is in force.
set -euo pipefail

switch="${1:?usage: switch-acl.sh FILE}"
pull() { if [ -e "$switch" ]; then cat "$switch"; fi; }
push() { cat >"$switch.new" && mv -f "$switch.new" "$switch"; }

# The access list of {rules, armed}. Switches are stateless: what answers a responder is told from what a BMC begins by its TCP flags and ports.
render() {
  jq -r '
    def family: if contains(":") then "ipv6" else "ip" end;
    "! cofferdam " + ({rules, armed} | tojson),
    (.rules as $rules | ("ip", "ipv6") as $family
      | ($rules.inside | map(select(family == $family))) as $inside
      | "\($family) access-list cofferdam",
        ($rules.responders[] | select(family == $family) as $from | $inside[]
          | " permit \($family) \($from) \(.)", " permit tcp \(.) \($from) established", " permit udp \(.) eq 623 \($from)"),
        ($rules.allowances[] | select(.to | family == $family) as $out | $inside[]
          | " permit \($out.protocol) \(.) \($out.to) eq \($out.port)", " permit \($out.protocol) \($out.to) eq \($out.port) \(.)"),
        " deny \($family) any any log")'
}

# What is in force, as {rules, armed, intact}; nothing of ours is null, not armed, intact.
status() {
  local text kept
  text="$(pull)"
  kept="$(sed -n '1s/^! cofferdam //p' <<<"$text")"
  if [ -z "$text" ]; then
    jq -cn '{rules: null, armed: false, intact: true}'
  elif jq -e .rules <<<"$kept" >/dev/null 2>&1 && [ "$text" = "$(render <<<"$kept")" ]; then
    jq -c '. + {intact: true}' <<<"$kept"
  else
    # Somebody changed it: the rules it was made of are told, if they can still be read.
    jq -cn --arg kept "$kept" '(try ($kept | fromjson) catch {rules: null, armed: false}) + {intact: false}'
  fi
}

refuse() { jq -cn --arg why "$1" '{version: 1, accepted: false, why: $why}'; exit 0; }

# A switch keeps no timer. Without a fallback there is nothing that a timer would do; with one, promising it would be a lie.
judge() {
  jq -e '.rules.fallback == []' <<<"$question" >/dev/null || refuse 'this switch keeps no timer: leave fallback empty'
  jq -e --argjson now "$(status)" '$now.rules == null or $now.rules.incident == .rules.incident' <<<"$question" >/dev/null ||
    refuse 'the rules of another incident are in force'
}

question="$(cat)"
jq -e '.version == 1' <<<"$question" >/dev/null || { echo 'expected version 1' >&2; exit 2; }
case "$(jq -r .act <<<"$question")" in
  status)
    files='[]'
    if jq -e '.witness == true' <<<"$question" >/dev/null; then
      files="$(pull | jq -cRs --arg how "cat $switch" '[{name: "rules.txt", how: $how, text: .}]')"
    fi
    jq -cn --arg identity "switch $switch" --argjson now "$(status)" --argjson files "$files" \
      '{version: 1, identity: $identity, files: $files} + $now'
    ;;
  plan)
    judge
    jq -c '. + {armed: false}' <<<"$question" | render | jq -cRs '{version: 1, accepted: true, commands: split("\n") | map(select(. != ""))}'
    ;;
  apply)
    judge
    jq -c '{rules, armed: (.armedForS != null)}' <<<"$question" | render | push
    jq -cn '{version: 1, accepted: true}'
    ;;
  release)
    push </dev/null
    jq -cn '{version: 1, accepted: true}'
    ;;
  *)
    echo 'unknown act' >&2
    exit 2
    ;;
esac

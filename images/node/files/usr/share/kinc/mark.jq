# A node becomes the patch that gives it $labels and $taints, and $cidr where it has no addresses for its pods yet; null
# where it has all of that. An annotation notes which labels and taints are ours, so that those of others stay.
def listed: split(",") | map(select(. != ""));
def of($marks): {key, effect} as $mark | any($marks[]; . == $mark);
(.metadata.annotations["kinc.dev/marks"] // "{}" | fromjson) as $before
| ($labels | listed | map(capture("^(?<key>[^=]+)=(?<value>.*)$")) | from_entries) as $new
| ($taints | listed | map(capture("^(?<key>[^=:]+)(=(?<value>[^:]*))?:(?<effect>.+)$") | with_entries(select(.value != null and .value != ""))))
  as $added
| {labels: ($new | keys), taints: ($added | map({key, effect}))} as $marks
| (($before.labels // []) - $marks.labels | map({key: ., value: null}) | from_entries + $new) as $changed
| (.spec.taints // []) as $there
# A worker registers with a taint of ours, and is marked for the first time with its removal.
| ([$there[] | select(.key != "kinc.dev/joining") | select(of(($before.taints // []) + $marks.taints) | not)] + $added) as $wanted
| (if ($before.labels // []) == $marks.labels and ($before.taints // []) == $marks.taints
    and (.metadata.labels as $has | all($new | to_entries[]; $has[.key] == .value)) and ($there - $wanted) + ($wanted - $there) == []
  then {}
  else {
    metadata: {
      resourceVersion: .metadata.resourceVersion,
      annotations: {"kinc.dev/marks": (if $marks == {labels: [], taints: []} then null else ($marks | tojson) end)},
      labels: $changed
    },
    spec: {taints: $wanted}
  }
  end)
  # The API takes these once, and never another time.
  * (if .spec.podCIDR then {} else {spec: {podCIDR: $cidr, podCIDRs: [$cidr]}} end)
| if . == {} then null else . end

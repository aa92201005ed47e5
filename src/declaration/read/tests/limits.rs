//! Limits of a cluster, and the messages of wrong ones.

use super::*;

#[test]
fn limits_are_quantities_numbers_or_none() {
    let read = |text: &str| {
        let resources = format!("{{resources: {text}}}");
        read(&document(&resources)).unwrap().remove(0).resources
    };
    let all = "{memory: 1.5Gi, cpu: 1500m, cpuWeight: 1, ioWeight: 10000, tasks: 1000}";
    let expected = Resources {
        memory_bytes: Some(3 << 29),
        cpu_millis: Some(1500),
        cpu_weight: Some(1),
        io_weight: Some(10_000),
        tasks: Some(1000),
    };
    assert_eq!(read(all), expected);
    let numbers = read("{memory: 2147483648, cpu: 1.5}");
    assert_eq!(numbers.memory_bytes, Some(2 << 30));
    assert_eq!(numbers.cpu_millis, Some(1500));
    let none = "{memory: none, cpu: none, cpuWeight: none, ioWeight: none, tasks: none}";
    assert_eq!(read(none), Resources::default());
}

#[test]
fn an_invalid_limit_says_why() {
    assert_problems(&[
        (
            "{resources: {memory: 512Mi}}",
            "`spec.resources.memory`: 512Mi is too low: a node without your pods needs 1Gi",
        ),
        (
            "{resources: {memory: 2Pi}}",
            "`spec.resources.memory`: 2Pi is too high: at most 1Pi",
        ),
        (
            "{resources: {memory: 2GB}}",
            "`spec.resources.memory`: expected an amount of memory such as 2Gi, or `none`, found `2GB`",
        ),
        (
            "{resources: {memory: [2Gi]}}",
            "`spec.resources.memory`: expected an amount of memory such as 2Gi, or `none`, found a list",
        ),
        (
            "{resources: {cpu: 500m}}",
            "`spec.resources.cpu`: 500m is too low: a node without your pods needs 1",
        ),
        (
            "{resources: {cpu: 100001}}",
            "`spec.resources.cpu`: 100001 is too high: at most 100000",
        ),
        (
            "{resources: {cpu: two}}",
            "`spec.resources.cpu`: expected a number of processors such as 1500m or 2, or `none`, found `two`",
        ),
        (
            "{resources: {cpuWeight: 0}}",
            "`spec.resources.cpuWeight`: expected a number from 1 to 10000, or `none`, found `0`",
        ),
        (
            "{resources: {cpuWeight: 10001}}",
            "`spec.resources.cpuWeight`: expected a number from 1 to 10000, or `none`, found `10001`",
        ),
        (
            "{resources: {tasks: 999}}",
            "`spec.resources.tasks`: 999 is too low: a node without your pods needs 1000",
        ),
        (
            "{resources: {tasks: 4194305}}",
            "`spec.resources.tasks`: 4194305 is too high: at most 4194304",
        ),
        (
            "{resources: {tasks: 4k}}",
            "`spec.resources.tasks`: expected a number of processes and threads, or `none`, found `4k`",
        ),
        (
            "{resources: {cpuweight: 5}}",
            "`spec.resources.cpuweight`: unknown field; did you mean `cpuWeight`?",
        ),
        (
            "{memory: 2Gi}",
            "`spec.memory`: unknown field; did you mean `spec.resources.memory`?",
        ),
    ]);
}

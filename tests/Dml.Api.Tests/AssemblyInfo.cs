// Each test class runs services of its own; two cores are busy enough with one at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

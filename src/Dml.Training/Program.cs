using System.CommandLine;
using Dml.Files;
using Dml.Training.Commands;
using Dml.Training.Runs;

NativeAllocator.KeepFreedMemory();
var workplace = Workplace.Here(Console.Out);
var program = new RootCommand("dml trains, compares, measures and exports image embedders.")
{
    TrainCommand.Create(workplace),
    EvalCommand.Create(workplace),
    ExportCommand.Create(workplace),
    AdoptCommand.Create(workplace.Output),
    CompareCommand.Create(workplace),
    ImprintCommand.Create(workplace.Output),
    FetchCommand.Create(workplace),
    ListCommand.Create(workplace.Output),
    NightlyCommand.Create(workplace.Output),
};
var invocation = new InvocationConfiguration
{
    EnableDefaultExceptionHandler = false,
    ProcessTerminationTimeout = TimeSpan.FromMinutes(1),
};
return await Failures.ReportAsync(cancel => program.Parse(args).InvokeAsync(invocation, cancel));

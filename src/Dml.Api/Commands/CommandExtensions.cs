using System.CommandLine;

namespace Dml.Api.Commands;

/// <summary>What the commands have in common.</summary>
internal static class CommandExtensions
{
    /// <summary>Adds an option that the command cannot do without.</summary>
    /// <param name="command">The command.</param>
    /// <param name="name">Name of the option, with its dashes.</param>
    /// <param name="meaning">What its value is.</param>
    public static Option<string> Need(this Command command, string name, string meaning)
    {
        var option = new Option<string>(name) { Description = $"{char.ToUpperInvariant(meaning[0])}{meaning[1..]}." };
        command.Add(option);
        command.Validators.Add(parsed =>
        {
            if (parsed.GetResult(option) is not { Tokens: [{ Value.Length: > 0 }] })
            {
                parsed.AddError($"{name} is missing: {meaning}.");
            }
        });
        return option;
    }
}

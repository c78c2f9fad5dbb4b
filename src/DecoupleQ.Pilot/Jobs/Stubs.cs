namespace DecoupleQ.Pilot.Jobs;
internal static class PilotMachines { public static Results.PilotMachine Now(int threads) => new("", 1, 1, 1, "", ""); }
internal static class PilotFindings { public static IReadOnlyList<Results.Finding> Of(PilotInput input) => []; }

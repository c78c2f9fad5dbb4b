namespace DecoupleQ.Quantization.Settings;

/// <summary>What a setting is about.</summary>
public enum SettingGroup
{
    /// <summary>How weights are stored, and which are quantized.</summary>
    Format,

    /// <summary>What the model is calibrated on.</summary>
    Calibration,

    /// <summary>How a layer is solved.</summary>
    Solver,

    /// <summary>How a block is trained once its layers are solved.</summary>
    BlockTraining,

    /// <summary>How the job runs. The result does not depend on it.</summary>
    Run,
}

namespace DecoupleQ.Chat.Tools;

/// <summary>Where in an answer its reader is, which decides what is a marker.</summary>
internal enum AnswerPlace
{
    /// <summary>Nothing but blanks has come.</summary>
    Start,

    /// <summary>Nothing but blanks has come of the reasoning.</summary>
    ReasoningStart,

    /// <summary>Within the reasoning.</summary>
    Reasoning,

    /// <summary>Behind the reasoning, before any text.</summary>
    AfterReasoning,

    /// <summary>Behind a call.</summary>
    AfterCall,

    /// <summary>Behind a call of a list that is open.</summary>
    AfterListedCall,

    /// <summary>Behind what ends a call or a list of calls.</summary>
    AfterClosing,

    /// <summary>Behind text.</summary>
    Text,
}

/// A value of the template with every function evaluated.
package indirect enum ResolvedValue: Sendable, Equatable {
    case text(String)
    case list([ResolvedValue])
    case members([String: ResolvedValue])
}

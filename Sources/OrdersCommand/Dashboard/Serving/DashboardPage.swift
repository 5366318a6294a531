internal import FlyingFox
internal import Foundation

/// The one page, as it goes out: with a policy that lets only its own script and style run.
enum DashboardPage {
    /// Each answer has a nonce of its own, which nobody can guess who would put a script into the page.
    static func response() -> HTTPResponse {
        let nonce = DashboardToken.nonce()
        var headers = self.headers(contentType: "text/html; charset=utf-8")
        headers[HTTPHeader("Content-Security-Policy")] = self.policy(nonce: nonce)
        return HTTPResponse(statusCode: .ok, headers: headers, body: Data(self.text(nonce: nonce).utf8))
    }

    /// Nothing is loaded from anywhere but here, nothing is sent anywhere else, and texts never become markup: the
    /// script can make none, since no policy of trusted types is allowed.
    static func policy(nonce: String) -> String {
        [
            "default-src 'none'", "script-src 'nonce-\(nonce)'", "style-src 'nonce-\(nonce)'", "connect-src 'self'",
            "img-src data:", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
            "require-trusted-types-for 'script'", "trusted-types 'none'",
        ].joined(separator: "; ")
    }

    /// What every answer has.
    static func headers(contentType: String) -> HTTPHeaders {
        [
            .contentType: contentType,
            HTTPHeader("Cache-Control"): "no-store",
            HTTPHeader("Content-Security-Policy"): "default-src 'none'; frame-ancestors 'none'",
            HTTPHeader("Cross-Origin-Opener-Policy"): "same-origin",
            HTTPHeader("Cross-Origin-Resource-Policy"): "same-origin",
            HTTPHeader("Permissions-Policy"): "camera=(), microphone=(), geolocation=()",
            HTTPHeader("Referrer-Policy"): "no-referrer",
            HTTPHeader("X-Content-Type-Options"): "nosniff",
        ]
    }

    private static func text(nonce: String) -> String {
        self.template.replacingOccurrences(of: "NONCE", with: nonce)
    }

    /// The files of `Page/` in one.
    private static let template: String = {
        let style = String(decoding: PackageResources.dashboard_css, as: UTF8.self)
        let scripts = [
            PackageResources.format_js, PackageResources.stream_js, PackageResources.elements_js,
            PackageResources.sales_js, PackageResources.operations_js, PackageResources.main_js,
        ]
        let script = scripts.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "\n")
        return String(decoding: PackageResources.dashboard_html, as: UTF8.self)
            .replacingOccurrences(of: "/*STYLE*/", with: style)
            .replacingOccurrences(of: "/*SCRIPT*/", with: script)
    }()
}

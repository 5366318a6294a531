"""Who may post orders, checked before anything changes."""

from __future__ import annotations

from .findings import Findings

# Scopes of one route: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
MAXIMUM_SCOPES = 10
# Lists of which CloudFormation would hand on an empty member as it is.
LISTS = {"ApiJwtAudience": "audience", "ApiJwtScopes": "scope", "ApiCorsOrigins": "origin"}


def check_callers(values: dict[str, str], previous: dict[str, str], findings: Findings) -> None:
    """Who may post orders: the template's rules say the same, but only once everything is uploaded."""
    issuer, audience, openness = (values[f"Api{name}"] for name in ("JwtIssuer", "JwtAudience", "WithoutAuthorization"))
    if issuer and not audience:
        findings.refuse(
            f"ApiJwtAudience is needed with ApiJwtIssuer ({issuer}): without it any token of the issuer would do"
        )
    if values["ApiJwtScopes"] and not issuer:
        findings.refuse("ApiJwtScopes are of tokens: without ApiJwtIssuer they would hold nobody back")
    for name, member in LISTS.items():
        check_members(name, member, values[name], findings)
    check_scopes(values["ApiJwtScopes"], previous.get("ApiJwtScopes", ""), findings)
    check_leftovers(values, previous, findings)
    if openness == "no":
        return
    if issuer:
        findings.warn("ApiWithoutAuthorization changes nothing as long as ApiJwtIssuer is given: callers need a token")
        return
    findings.warn(
        "ANYBODY ON THE INTERNET MAY POST ORDERS, as ApiWithoutAuthorization says: nothing but "
        f"{values['ApiBurst']} requests at once and {values['ApiRequestsPerSecond']} a second holds them back. "
        "To close it again: scripts/deploy with --parameter ApiWithoutAuthorization=no"
    )


def check_members(name: str, member: str, value: str, findings: Findings) -> None:
    """The template takes a list for empty by its first member, and what API Gateway makes of "" is not documented."""
    if value and not all(item.strip() for item in value.split(",")):
        findings.refuse(f"{name} has an empty {member} among its commas: {value}")


def check_scopes(scopes: str, previous: str, findings: Findings) -> None:
    """What API Gateway takes of a route's scopes, and what CloudFormation may leave of them."""
    names = scopes.split(",") if scopes else []
    if len(names) > MAXIMUM_SCOPES:
        findings.refuse(f"ApiJwtScopes has {len(names)} scopes, and API Gateway takes {MAXIMUM_SCOPES} for a route")
    if previous and not names:
        findings.warn(
            f"CloudFormation may leave the routes the scopes that they had ({previous}), since it is told no others: "
            "look with aws apigatewayv2 get-routes, and take them off with aws apigatewayv2 update-route "
            "--authorization-scopes []"
        )


def check_leftovers(values: dict[str, str], previous: dict[str, str], findings: Findings) -> None:
    """What CloudFormation may leave of what is taken away: nothing says whether it tells API Gateway so.

    Of a route that goes to NONE it takes the authorizer; https://github.com/aws/aws-cdk/pull/14424
    """
    origins = previous.get("ApiCorsOrigins")
    if origins and not values["ApiCorsOrigins"]:
        findings.warn(
            f"CloudFormation may leave pages of {origins} let in, since it is told no others: look with aws "
            "apigatewayv2 get-api, and take them off with aws apigatewayv2 delete-cors-configuration"
        )
    issuer = previous.get("ApiJwtIssuer")
    if issuer and not values["ApiJwtIssuer"] and values["ApiWithoutAuthorization"] == "no":
        findings.warn(
            f"CloudFormation may leave the routes the authorizer of {issuer}, since it is told no other: look with aws "
            "apigatewayv2 get-routes whether each has AuthorizationType AWS_IAM and no AuthorizerId, and send an order"
        )

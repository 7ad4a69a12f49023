"""Layers: immutable versions under a name."""

from local.functions.content import read_package
from local.functions.errors import no_resource
from local.functions.names import LAYER_ARN
from local.functions.operations import Operations, page
from local.functions.state import Input, Layer, Output, Region, lambda_date, now, sha256

_SHOWN = ("Description", "CompatibleArchitectures", "CompatibleRuntimes", "LicenseInfo")


class LayerOperations(Operations):
    """The operations on layer versions; their content is unpacked under `/opt`'s stand-in."""

    def publish_layer_version(self, region: Region, given: Input) -> Output:
        """PublishLayerVersion; a number is never used twice."""
        content = read_package(self._world, given["Content"])
        name, number = _name(given), region.layer_numbers.get(_name(given), 0) + 1
        layer_arn = f"arn:aws:lambda:{region.name}:{region.account}:layer:{name}"
        shown = {
            "Description": "",
            **{key: given[key] for key in _SHOWN if key in given},
            "Content": {
                "Location": f"http://127.0.0.1/not-emulated/{number}",
                "CodeSha256": sha256(content),
                "CodeSize": len(content),
            },
            "LayerArn": layer_arn,
            "LayerVersionArn": f"{layer_arn}:{number}",
            "Version": number,
            "CreatedDate": lambda_date(now()),
        }
        made = Layer(f"{layer_arn}:{number}", content, shown)
        region.layer_numbers[name] = number
        region.layers.setdefault(name, {})[number] = made
        return shown

    def get_layer_version(self, region: Region, given: Input) -> Output:
        """GetLayerVersion."""
        found = region.layers.get(_name(given), {}).get(given["VersionNumber"])
        if found is None:
            raise no_resource()
        return dict(found.shown)

    def get_layer_version_by_arn(self, region: Region, given: Input) -> Output:
        """GetLayerVersionByArn."""
        found = LAYER_ARN.fullmatch(given["Arn"])
        number = int(found["number"] or 0) if found else 0
        return self.get_layer_version(region, {"LayerName": given["Arn"], "VersionNumber": number})

    def delete_layer_version(self, region: Region, given: Input) -> Output:
        """DeleteLayerVersion; functions that use it go on, an absent one is no error."""
        region.layers.get(_name(given), {}).pop(given["VersionNumber"], None)
        return {}

    def list_layer_versions(self, region: Region, given: Input) -> Output:
        """ListLayerVersions, newest first."""
        versions = reversed(region.layers.get(_name(given), {}).values())
        return page("LayerVersions", [dict(one.shown) for one in versions], given)


def _name(given: Input) -> str:
    """Read LayerName, which may be an ARN."""
    found = LAYER_ARN.fullmatch(given["LayerName"])
    return found["name"] if found else str(given["LayerName"])

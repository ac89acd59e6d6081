"""Avatar and animation settings."""

from msgspec import field

from ._base import ABSENT, ModelMeta, SessionSettings


class Animation(SessionSettings, metaclass=ModelMeta):
    """Animation output settings.

    Attributes:
        model_name: Animation model (service default "default").
        outputs: Kinds of animation data wanted (see `AnimationOutputType`; service default ["blendshapes"]).
    """

    model_name: str | None = ABSENT
    outputs: list[str] | None = ABSENT


class Background(SessionSettings, metaclass=ModelMeta):
    """Video background: either a colour or an image, not both.

    Attributes:
        color: Colour as #RRGGBBAA (pattern #RRGGBBAA).
        image_url: Address of an image.
    """

    color: str | None = ABSENT
    image_url: str | None = ABSENT


class IceServer(SessionSettings, metaclass=ModelMeta):
    """One ICE server.

    Attributes:
        urls: STUN / TURN addresses.
        username: User name for it.
        credential: Password or token for it.
    """

    urls: list[str]
    username: str | None = ABSENT
    credential: str | None = ABSENT


class Scene(SessionSettings, metaclass=ModelMeta):
    """Framing and movement of the avatar.

    Attributes:
        zoom: Zoom factor, above 0; 1 is neutral (more than 0; service default 0.0).
        position_x: Horizontal shift as a share of frame width; negative is left (share of frame width; at least -1;
            at most 1; service default 0.0).
        position_y: Vertical shift as a share of frame height; negative is up (share of frame height; at least -1;
            at most 1; service default 0.0).
        rotation_x: Pitch; negative is up (rad; at least -pi; at most pi; service default 0.0).
        rotation_y: Yaw; negative is left (rad; at least -pi; at most pi; service default 0.0).
        rotation_z: Roll; negative is anticlockwise (rad; at least -pi; at most pi; service default 0.0).
        amplitude: Strength of movement; 1 is full (more than 0; at most 1; service default 0.0).
    """

    zoom: float | None = ABSENT
    position_x: float | None = ABSENT
    position_y: float | None = ABSENT
    rotation_x: float | None = ABSENT
    rotation_y: float | None = ABSENT
    rotation_z: float | None = ABSENT
    amplitude: float | None = ABSENT


class VideoCrop(SessionSettings, metaclass=ModelMeta):
    """Crop rectangle.

    Attributes:
        top_left: Corner as [x, y], not negative (px; items at least 2; items at most 2; each at least 0).
        bottom_right: Corner as [x, y], not negative (px; items at least 2; items at most 2; each at least 0).
    """

    top_left: list[int]
    bottom_right: list[int]


class VideoResolution(SessionSettings, metaclass=ModelMeta):
    """Picture size.

    Attributes:
        width: Width, above 0 (px; more than 0).
        height: Height, above 0 (px; more than 0).
    """

    width: int
    height: int


class VideoParams(SessionSettings, metaclass=ModelMeta):
    """Avatar video settings.

    Attributes:
        bitrate: Bit rate (bit/s; service default 2000000).
        codec: Codec; only h264.
        crop: Crop rectangle.
        resolution: Picture size.
        background: Background.
        gop_size: Distance between key frames (frames; at least 1; at most 2000; service default 10).
    """

    bitrate: int | None = ABSENT
    codec: str | None = ABSENT
    crop: VideoCrop | None = ABSENT
    resolution: VideoResolution | None = ABSENT
    background: Background | None = ABSENT
    gop_size: int | None = ABSENT


class AvatarConfig(SessionSettings, metaclass=ModelMeta):
    """Avatar stream settings.

    Attributes:
        avatar_type: Video or photo avatar; wire key is type (see `AvatarConfigTypes`; service default "video-
            avatar"; since 2026-01-01-preview).
        ice_servers: ICE servers for the WebRTC stream; the service lists its own in session.updated if left out.
        character: Avatar character name or id.
        style: Pose or mood of the character.
        model: Base model of a photo avatar; needed for photo avatars (see `PhotoAvatarBaseModes`; since
            2026-01-01-preview).
        customized: Whether the avatar is a custom one.
        video: Video stream settings.
        scene: Framing and movement of the avatar (since 2026-01-01-preview).
        output_protocol: How video is delivered (see `AvatarOutputProtocol`; service default "webrtc"; since
            2026-01-01-preview).
        output_audit_audio: Also send the spoken audio over the websocket, for review (service default false; since
            2026-01-01-preview).
    """

    avatar_type: str | None = field(default=ABSENT, name="type")
    ice_servers: list[IceServer] | None = ABSENT
    character: str
    style: str | None = ABSENT
    model: str | None = ABSENT
    customized: bool
    video: VideoParams | None = ABSENT
    scene: Scene | None = ABSENT
    output_protocol: str | None = ABSENT
    output_audit_audio: bool | None = ABSENT
